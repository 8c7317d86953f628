import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { type Console, PATH } from './console.ts';

/** The console on a server of its own; whoever asks for another path is led to it. */
export function createConsoleServer(console: Console): Server {
  const listener = getRequestListener((request) => console.fetch(request), { overrideGlobalObjects: false });
  const server = createServer({ maxHeaderSize: 32 * 1024 }, (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (pathname === PATH || pathname.startsWith(`${PATH}/`)) return void listener(request, response);
    response.writeHead(404, { 'content-type': 'text/plain' }).end(`The console is at ${PATH}/.\n`);
  });
  server.headersTimeout = 15_000;
  // A recording is taken as fast as S3 takes it.
  server.requestTimeout = 10 * 60_000;
  return server;
}
