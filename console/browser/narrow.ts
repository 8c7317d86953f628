import { localize } from './localize.ts';

/** Milliseconds without a key before what was typed is asked for. */
const PAUSE_MS = 120;

/**
 * A form with `data-narrows="ID"` and `data-from="URL"`: what is in that element becomes what comes from there, as one types
 * or chooses, and the form's `<output>` says what its `<template data-said>` has. The page's address becomes what its button would lead
 * to, which is what happens without a script.
 */
export function narrowAsTyped(root: ParentNode): void {
  for (const form of root.querySelectorAll<HTMLFormElement>('form[data-narrows]')) {
    const results = document.getElementById(form.dataset.narrows ?? '');
    const output = form.querySelector('output');
    if (results === null || output === null) continue;
    let asked = new AbortController();
    const narrow = async () => {
      asked.abort();
      asked = new AbortController();
      const { signal } = asked;
      const query = new URLSearchParams();
      for (const [name, value] of new FormData(form))
        if (typeof value === 'string' && value !== '') query.set(name, value);
      try {
        const answer = await fetch(`${form.dataset.from}?${query}`, { signal });
        const template = document.createElement('template');
        template.innerHTML = await answer.text();
        if (!answer.ok) throw new Error(`The console answered with ${answer.status}. Load the page again.`);
        localize(template.content);
        const said = template.content.querySelector<HTMLTemplateElement>('template[data-said]');
        if (said) {
          localize(said.content);
          output.replaceChildren(said.content);
        }
        results.replaceChildren(template.content);
        history.replaceState(null, '', `${location.pathname}?${query}`);
      } catch (error) {
        if (signal.aborted) return;
        output.textContent =
          error instanceof TypeError ? 'The console does not answer any more. Is it still running?' : String(error);
      }
    };
    let pause: ReturnType<typeof setTimeout> | undefined;
    form.addEventListener('input', () => {
      clearTimeout(pause);
      pause = setTimeout(narrow, PAUSE_MS);
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      clearTimeout(pause);
      void narrow();
    });
  }
}
