/** Milliseconds for which a button says that it has copied. */
const SAID_MS = 3000;

/**
 * A button with `data-copy="TEXT"` copies that text, and says so: on itself, and to a screen reader. Buttons that come later,
 * in a live part, do too.
 */
export function watchCopies(document: Document): void {
  const said = document.createElement('p');
  said.className = 'unseen';
  said.setAttribute('role', 'status');
  document.body.append(said);
  document.addEventListener('click', async ({ target }) => {
    const button = target instanceof Element ? target.closest<HTMLElement>('[data-copy]') : null;
    if (button === null) return;
    const { copy = '' } = button.dataset;
    const name = button.getAttribute('aria-label')?.replace(/^Copy: /, '') ?? '';
    const word = await navigator.clipboard.writeText(copy).then(
      () => 'Copied',
      () => 'Not copied: the browser does not let this page.',
    );
    said.textContent = `${word}: ${name}`;
    button.textContent = word;
    setTimeout(() => {
      said.textContent = '';
      button.textContent = 'Copy';
    }, SAID_MS);
  });
}
