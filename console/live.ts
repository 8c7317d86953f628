import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { explain } from '../clients/explain.ts';
import type { Env } from './env.ts';

/** Milliseconds between two looks at what is shown, and after how many of them without a change a sign of life is sent. */
const EVERY_MS = 1000;
const SILENT_LOOKS = 15;

/**
 * A part of a page as it changes, as server-sent events: each is the part's HTML, sent when it differs from the last. The
 * browser's half is `browser/live.ts`: an element with `data-live="URL"` becomes what comes from there.
 * @param render undefined: nothing will change any more, and the stream ends
 */
export function live(c: Context<Env>, render: () => Promise<string | undefined>, everyMs = EVERY_MS): Response {
  const closing = c.get('closing');
  return streamSSE(c, async (stream) => {
    const gone = new AbortController();
    stream.onAbort(() => gone.abort());
    const signal = AbortSignal.any([closing, gone.signal]);
    let last: string | undefined;
    for (let silent = 0; !signal.aborted; ) {
      let html: string | undefined;
      try {
        html = await render();
      } catch (error) {
        // It is tried again: an endpoint that does not answer for a moment must not end what somebody watches.
        await stream.writeSSE({ event: 'trouble', data: explain(error) });
        last = undefined;
        await sleep(everyMs, undefined, { signal }).catch(() => undefined);
        continue;
      }
      if (html === undefined) break;
      if (html !== last) {
        last = html;
        silent = 0;
        await stream.writeSSE({ event: 'html', data: html });
      } else if (++silent % SILENT_LOOKS === 0) await stream.write(': still here\n\n');
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
    if (!signal.aborted) await stream.writeSSE({ event: 'end', data: '' });
  });
}
