import { Idiomorph } from 'idiomorph';
import { layOutBitByBit } from './lay-out.ts';
import { localize } from './localize.ts';

/**
 * Forms with `data-swap="ID"` change that element alone into what the server's whole answer has in its place, so that what is
 * focused and how far was scrolled stay; the element then tells of it by an event `swapped`. Those with `data-swap-on="input"`
 * do it while somebody types, chooses or drags: one request at a time, and once more for what has changed meanwhile.
 * `data-swap-from="URL"` is asked in place of the form's action where the action's whole page would cost more. Only for forms
 * that change nothing on the server: one that fails is sent again as without a script.
 */
export function watchSwaps(root: Document): void {
  const swap = async (form: HTMLFormElement, submitter: HTMLElement | null) => {
    const data = new FormData(form, submitter);
    const fields = new URLSearchParams();
    for (const [name, value] of data) if (typeof value === 'string') fields.append(name, value);
    const reads = form.method === 'get';
    const url = new URL(form.dataset.swapFrom ?? form.action, location.href);
    if (reads) url.search = fields.toString();
    const id = form.dataset.swap ?? '';
    const from = root.getElementById(id);
    from?.setAttribute('aria-busy', 'true');
    const body = form.enctype === 'multipart/form-data' ? data : fields;
    const answer = await fetch(url, { method: form.method, ...(!reads && { body }) });
    const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const to = next.getElementById(id);
    if (from === null || to === null) throw new Error(`Found no ${id} in an answer ${answer.status}.`);
    localize(to);
    Idiomorph.morph(from, to);
    layOutBitByBit(root);
    from.dispatchEvent(new Event('swapped', { bubbles: true }));
    if (!reads) return;
    const address = new URL(form.action);
    address.search = fields.toString();
    history.replaceState(null, '', address);
  };
  /** Forms that have asked and not yet been answered, and whether they have changed since. */
  const asking = new Map<HTMLFormElement, { submitter: HTMLElement | null } | undefined>();
  const ask = async (form: HTMLFormElement, submitter: HTMLElement | null) => {
    if (asking.has(form)) return void asking.set(form, { submitter });
    asking.set(form, undefined);
    try {
      await swap(form, submitter);
    } catch (error) {
      console.warn(error);
      delete form.dataset.swap;
      return form.requestSubmit(submitter);
    }
    const changed = asking.get(form);
    asking.delete(form);
    if (changed !== undefined) await ask(form, changed.submitter);
  };
  root.addEventListener('submit', (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.dataset.swap === undefined) return;
    event.preventDefault();
    void ask(form, event.submitter);
  });
  // The second half of a double click would ask for the opposite, where the button has become another meanwhile.
  root.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('button') : null;
    if (event.detail > 1 && button?.form?.dataset.swap !== undefined) event.preventDefault();
  });
  root.addEventListener('input', ({ target }) => {
    if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return;
    if (target.form?.dataset.swapOn === 'input') void ask(target.form, null);
  });
}
