import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import dynalite from 'dynalite';

export interface Database {
  handle(request: IncomingMessage, response: ServerResponse): void;
  close(): Promise<void>;
}

/** A name that no network reaches; where the system has names without a file, none is left behind by a crash. */
function socketName(): string {
  const name = `vivavoce-${randomUUID()}`;
  if (process.platform === 'linux') return `\0${name}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

/**
 * The local DynamoDB: dynalite on LevelDB in `directory`. Requests are handed to it; it listens on a socket of its own
 * only because it closes its database, and gives up the directory, only when it stops to listen.
 */
export async function createDatabase(directory: string): Promise<Database> {
  const server = dynalite({ path: directory, createTableMs: 0 });
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(socketName(), done);
  });
  return {
    handle: (request, response) => void server.emit('request', request, response),
    close: () => new Promise((done) => void server.close(() => done())),
  };
}
