import { createDoor } from './door.ts';
import type { Operator } from './operator.ts';
import { registerTsx } from './tsx.ts';

/** Where the console is, on whatever serves it. */
export const PATH = '/_console';

export interface Console {
  fetch(request: Request): Promise<Response>;
  /** The link that opens it, once, on a browser of this machine. @param origin of the server, such as `http://127.0.0.1:4566` */
  link(origin: string): string;
  /** Loads the pages, so that the first that is asked for does not wait for them. */
  load(): Promise<void>;
  /** Ends the answers that last, so that the server can stop. */
  close(): void;
}

/**
 * The web console for one operator. It opens to whoever has the token of its link, and to nobody else.
 * @param token random, from 16 bytes on; it ends with the process.
 */
export function createConsole(operator: Operator, token: string): Console {
  const closing = new AbortController();
  const door = createDoor(PATH, token);
  let app: Promise<{ fetch(request: Request): Response | Promise<Response> }> | undefined;
  const loadApp = async () => {
    registerTsx();
    const { createApp } = await import('./app.tsx');
    return createApp(PATH, operator, closing.signal);
  };
  // Not before somebody wants them: who only uses the command line never pays for the pages.
  const loaded = () => {
    app ??= loadApp();
    return app;
  };
  return {
    async fetch(request) {
      return door(request, async () => (await loaded()).fetch(request));
    },
    async load() {
      await loaded();
    },
    link: (origin) => `${origin}${PATH}/?token=${token}`,
    close: () => closing.abort(),
  };
}
