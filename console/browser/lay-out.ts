/** Milliseconds between two of them: time for whatever the reader does. */
const BETWEEN_MS = 20;

/**
 * Elements of the class `chunk`, rows that the browser lays out when they come into view, are laid out one after the other
 * from now on: until then a screen reader does not know of them. All at once would keep a table of 10,000 rows from
 * showing for seconds.
 */
export function layOutBitByBit(root: ParentNode): void {
  const next = () => {
    const chunk = root.querySelector('.chunk');
    if (chunk === null) return;
    chunk.classList.remove('chunk');
    setTimeout(next, BETWEEN_MS);
  };
  setTimeout(next, BETWEEN_MS);
}
