import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Calls that last by their nature, and lose nothing where they are cut off: whoever made them makes them again. */
function lasts({ url, headers }: IncomingMessage): boolean {
  const waitsForMessages = String(headers['x-amz-target'] ?? '').endsWith('.ReceiveMessage');
  return waitsForMessages || url === '/getMedia' || url === '/putMedia' || url === '/_health' || url === '/_ready';
}

export interface CallsUnderWay {
  /** Counts a server's calls from now on. */
  of(server: Server): Server;
  /** Resolves when each call is answered, or its caller gone; at the latest after that many milliseconds. */
  ended(within: number): Promise<void>;
}

/** The calls that have begun, by their heads, and are not answered. */
export function createCallsUnderWay(): CallsUnderWay {
  const calls = new Set<ServerResponse>();
  let none = (): void => undefined;
  return {
    of(server) {
      server.on('request', (request: IncomingMessage, response: ServerResponse) => {
        if (lasts(request)) return;
        calls.add(response);
        response.once('close', () => {
          calls.delete(response);
          if (calls.size === 0) none();
        });
      });
      return server;
    },
    async ended(within) {
      if (calls.size === 0) return;
      const late = new AbortController();
      const answered = new Promise<void>((resolve) => {
        none = resolve;
      });
      await Promise.race([answered, sleep(within, undefined, { signal: late.signal }).catch(() => undefined)]);
      late.abort();
    },
  };
}
