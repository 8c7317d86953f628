import { Idiomorph } from 'idiomorph';
import { localize } from './localize.ts';

/**
 * Forms with `data-swap="ID"` change that element alone into what the server's whole answer has in its place, so that what is
 * focused and how far was scrolled stay. Those with `data-swap-on="input"` do it while somebody types or drags. Only for
 * forms that change nothing on the server: one that fails is sent again as without a script.
 */
export function watchSwaps(root: Document): void {
  let running: AbortController | undefined;
  const swap = async (form: HTMLFormElement, submitter: HTMLElement | null) => {
    running?.abort();
    running = new AbortController();
    const { signal } = running;
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(form, submitter))
      if (typeof value === 'string') fields.append(name, value);
    const url = new URL(form.action);
    const reads = form.method === 'get';
    if (reads) url.search = fields.toString();
    try {
      const answer = await fetch(url, { method: form.method, signal, ...(!reads && { body: fields }) });
      const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const id = form.dataset.swap ?? '';
      const [from, to] = [root.getElementById(id), next.getElementById(id)];
      if (!answer.ok || from === null || to === null) throw new Error(`Found no ${id} in an answer ${answer.status}.`);
      localize(to);
      Idiomorph.morph(from, to);
      if (reads) history.replaceState(null, '', url);
    } catch (error) {
      if (signal.aborted) return;
      console.warn(error);
      delete form.dataset.swap;
      form.requestSubmit(submitter);
    }
  };
  root.addEventListener('submit', (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.dataset.swap === undefined) return;
    event.preventDefault();
    void swap(form, event.submitter);
  });
  root.addEventListener('input', ({ target }) => {
    if (!(target instanceof HTMLInputElement) || target.form?.dataset.swapOn !== 'input') return;
    void swap(target.form, null);
  });
}
