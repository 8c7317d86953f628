import { type IncomingMessage, request } from 'node:http';

/** A GET with headers that `fetch` and browsers do not let be chosen, such as Host. */
export function rawGet(port: string, path: string, headers: Record<string, string>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers }, (response) => {
      response.resume();
      resolve(response);
    })
      .on('error', reject)
      .end();
  });
}
