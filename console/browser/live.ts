import { Idiomorph } from 'idiomorph';
import { localize } from './localize.ts';

/**
 * Elements with `data-live="URL"` become what the server sends from there, by the smallest change: what is focused, open or
 * scrolled stays so. An element `.trouble` after it says what is wrong while nothing comes.
 */
export function watchLive(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>('[data-live]')) {
    const source = new EventSource(element.dataset.live ?? '');
    const trouble = element.parentElement?.querySelector(':scope > .trouble');
    const say = (text: string) => {
      if (trouble) trouble.textContent = text;
    };
    source.addEventListener('html', ({ data }) => {
      say('');
      const next = document.createElement('template');
      next.innerHTML = data;
      localize(next.content);
      Idiomorph.morph(element, next.content, { morphStyle: 'innerHTML', ignoreActiveValue: true });
    });
    source.addEventListener('trouble', ({ data }) => say(data));
    source.addEventListener('end', () => source.close());
    source.addEventListener('error', () => say('The console does not answer any more. Is it still running?'));
  }
}
