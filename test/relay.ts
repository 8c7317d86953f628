import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Relay {
  origin: string;
  close(): void;
}

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/** What `origin` answers; undefined where nobody does. */
function forward(origin: string, incoming: IncomingMessage, body: Buffer): Promise<Answer | undefined> {
  return new Promise((done) => {
    const { method, headers } = incoming;
    const sent = httpRequest(`${origin}${incoming.url}`, { method, headers }, async (answer) => {
      const whole = Buffer.concat(await answer.toArray());
      done({ status: answer.statusCode ?? 500, headers: answer.headers, body: whole });
    });
    sent.once('error', () => done(undefined));
    sent.end(body);
  });
}

/**
 * Stands between a client and `origin`, as a network that breaks when a test says so.
 * @param breaks whether the connection breaks: before a request has come to where it goes, or before its answer.
 */
export async function startRelay(
  origin: () => string,
  breaks: {
    before?: (incoming: IncomingMessage, body: Buffer) => Promise<boolean> | boolean;
    after?: (incoming: IncomingMessage) => Promise<boolean> | boolean;
  },
): Promise<Relay> {
  const server = createServer(async (incoming, response) => {
    const body = Buffer.concat(await incoming.toArray());
    if (await breaks.before?.(incoming, body)) return void response.destroy();
    const answer = await forward(origin(), incoming, body);
    if (answer === undefined || (await breaks.after?.(incoming))) return void response.destroy();
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', () => done()));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
