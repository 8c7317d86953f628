import { createServer, type IncomingMessage, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import type { Engine } from './app.ts';

/** Milliseconds: until a request's headers, and its body, have to be there. The router cuts slow bodies sooner. */
const HEADERS_MS = 15_000;
const REQUEST_MS = 90_000;
/** How long a connection stays whose request was refused unread, milliseconds: closed at once, its answer could be lost. */
const LINGER_MS = 500;
/** How long requests under way are waited for. Whoever stops the engine allows 10 seconds, by Docker's default. */
const ANSWER_MS = 5_000;

export interface EngineServer {
  server: Server;
  /** From now on this engine takes work. */
  open(engine: Pick<Engine, 'fetch'>): void;
  /**
   * Says that it takes no further work, answers all the same what comes within `notice` milliseconds, until whoever sends
   * has heard of it, and resolves when the requests under way are answered.
   */
  drain(notice: number): Promise<void>;
}

/**
 * A request that was answered before its body had come was refused. Its bytes are not read to their end, as they would
 * be for the sake of the connection: it is closed, when the answer has had the time to arrive.
 */
function closeIfUnread(request: IncomingMessage): void {
  if (request.complete) return;
  const { socket } = request;
  // Not now: Node reads on, to throw away what it reads, as soon as the answer is out.
  setImmediate(() => socket.pause());
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/**
 * The engine's socket. `GET /_health` says that the process lives, from its first moment to its last; `GET /_ready`
 * whether it takes work: not while it starts, and not while it drains.
 */
export function createEngineServer(): EngineServer {
  let engine: Pick<Engine, 'fetch'> | undefined;
  let draining = false;
  const fetch = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    const status = draining ? 'draining' : engine === undefined ? 'starting' : 'ok';
    if (pathname === '/_ready') return Response.json({ status }, { status: status === 'ok' ? 200 : 503 });
    if (engine !== undefined) return engine.fetch(request);
    return Response.json({ status }, { status: pathname === '/_health' ? 200 : 503 });
  };
  const listener = getRequestListener(fetch, { overrideGlobalObjects: false, autoCleanupIncoming: false });
  const server = createServer(
    {
      highWaterMark: 16 * 1024,
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: 5_000,
    },
    (request, response) => {
      if (draining) response.shouldKeepAlive = false;
      response.once('finish', () => closeIfUnread(request));
      void listener(request, response);
    },
  );
  server.maxHeadersCount = 200;
  return {
    server,
    open: (opened) => {
      engine = opened;
    },
    drain: async (notice) => {
      draining = true;
      await sleep(notice);
      await new Promise<void>((done) => {
        // A connection that was kept alive is idle when its last answer is out, and has to be closed then.
        const idle = setInterval(() => server.closeIdleConnections(), 50);
        const late = setTimeout(() => server.closeAllConnections(), ANSWER_MS);
        server.close(() => {
          clearInterval(idle);
          clearTimeout(late);
          done();
        });
      });
    },
  };
}
