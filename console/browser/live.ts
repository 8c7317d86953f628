import { Idiomorph } from 'idiomorph';
import { layOutBitByBit } from './lay-out.ts';
import { localize } from './localize.ts';

/** Milliseconds until a console that refuses is asked again. */
const AGAIN = 1000;

/** What somebody has opened stays open, whatever comes. */
const callbacks = {
  beforeAttributeUpdated: (name: string, node: Element) => !(name === 'open' && node instanceof HTMLDetailsElement),
};

/** A part of a page, as it comes from the server. */
function partOf(html: string): DocumentFragment {
  const { content } = Object.assign(document.createElement('template'), { innerHTML: html });
  localize(content);
  return content;
}

/**
 * Elements with `data-live="URL"` become what the server sends from there, by the smallest change: what is focused, open or
 * scrolled stays so. An element `.trouble` beside it says what is wrong while nothing comes. When nothing changes any more, what
 * comes from `data-then="URL"` is put where `data-then-here` is in it, or behind it. A page that nobody sees asks for nothing: browsers open six connections to
 * one server, and each would keep one.
 */
export function watchLive(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>('[data-live]')) watch(element);
}

function watch(element: HTMLElement): void {
  const { live = '', then } = element.dataset;
  const trouble = element.parentElement?.querySelector(':scope > .trouble');
  const say = (text: string) => {
    if (trouble) trouble.textContent = text;
  };
  const show = async () => {
    if (then === undefined) return;
    const answer = await fetch(then);
    if (!answer.ok) return say(`The console answered with ${answer.status}. Load the page again.`);
    const holder = element.querySelector('[data-then-here]') ?? document.createElement('div');
    holder.append(partOf(await answer.text()));
    if (!holder.isConnected) element.parentElement?.append(holder);
    layOutBitByBit(holder);
  };
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;
  const open = () => {
    source = new EventSource(live);
    source.addEventListener('html', ({ data }) => {
      say('');
      Idiomorph.morph(element, partOf(data), { morphStyle: 'innerHTML', ignoreActiveValue: true, callbacks });
    });
    source.addEventListener('trouble', ({ data }) => say(data));
    source.addEventListener('end', () => {
      ended = true;
      source?.close();
      show().catch(() => say('The console does not answer any more. Is it still running?'));
    });
    source.addEventListener('error', () => {
      if (source?.readyState !== EventSource.CLOSED) {
        return say('The console does not answer any more. Is it still running?');
      }
      // A browser asks again by itself only where nothing answered. The new link may be opened in another tab.
      say('The console refuses this page. If it was started again, open it by its new link, or load this page again.');
      timer = setTimeout(open, AGAIN);
    });
  };
  document.addEventListener('visibilitychange', () => {
    if (ended) return;
    source?.close();
    clearTimeout(timer);
    if (!document.hidden) open();
  });
  if (!document.hidden) open();
}
