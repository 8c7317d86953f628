import type { Server } from 'node:http';
import type { Part } from './parts.ts';
import { StartError } from './start-error.ts';

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const where = `${host}:${port}`;
      if (error.code === 'EADDRINUSE')
        fail(new StartError(`Something else serves ${where}: stop it, or give another --port.`));
      else if (error.code === 'EADDRNOTAVAIL')
        fail(new StartError(`${host} is no address of this machine: give another --host.`));
      else fail(new StartError(`${where} can't be served: ${error.message}`));
    });
    server.listen(port, host, () => {
      const address = server.address();
      done(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 2000).unref();
  });
}

/** The origin of a server, once it listens. @param port 0: any free one. */
export async function serve(server: Server, host: string, port: number): Promise<Part<string>> {
  const taken = await listen(server, port, host);
  return { value: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`, stop: () => close(server) };
}
