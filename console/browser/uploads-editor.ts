/** Characters of a text that are shown at once: a longer one a part at a time, or the page would freeze. */
const WHOLE = 200_000;
/** Of a longer one: about so many on each side of what is looked at. */
const AROUND = 4000;

/** How many lines are seen at once, unless somebody draws the editor larger. */
const LEAST_ROWS = 5;
const MOST_ROWS = 18;

/** Index of the beginning of the line that `index` is in; of a line without end a place that is near enough. */
function lineStart(text: string, index: number): number {
  const start = text.lastIndexOf('\n', index - 1) + 1;
  return index - start > AROUND ? index : start;
}

function lineEnd(text: string, index: number): number {
  const end = text.indexOf('\n', index);
  if (end === -1) return Math.min(text.length, index + AROUND);
  return end - index > AROUND ? index : end;
}

/** How many lines end before an index. */
function countLines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/** Pixels. Measured: by an estimate of one character a line of thousands would be pages off. */
function widthOf(text: string, font: string): number {
  const context = document.createElement('canvas').getContext('2d');
  if (context === null) return 0;
  context.font = font;
  return context.measureText(text).width;
}

export interface Editor {
  text: string;
  /** Shows a text from its beginning, or none. */
  open(text: string): void;
  /** Puts the caret there, what is between selected. */
  jump(from: number, to: number): void;
  /** Marks lines with problems, counted from 1. */
  mark(lines: readonly number[]): void;
}

/** A text in a textarea with line numbers, however long it is. @param changed told after each change. */
export function createEditor(root: HTMLElement, changed: () => void): Editor {
  const area = root.querySelector('textarea');
  const gutter = root.querySelector<HTMLElement>('[data-lines]');
  const shown = root.querySelector<HTMLElement>('[data-window]');
  if (area === null || gutter === null || shown === null) throw new Error('The editor is not whole.');
  const label = shown.querySelector('span');
  const [earlier, later] = shown.querySelectorAll('button');
  let text = '';
  let from = 0;
  let to = 0;
  let firstLine = 1;
  let marked = new Set<number>();

  const number = () => {
    const lines = area.value.split('\n').length;
    const parts: (string | HTMLElement)[] = [];
    for (let line = firstLine; line < firstLine + lines; line++) {
      if (!marked.has(line)) {
        parts.push(`${line}\n`);
        continue;
      }
      const bold = document.createElement('b');
      bold.textContent = `${line}\n`;
      parts.push(bold);
    }
    gutter.replaceChildren(...parts);
    area.rows = Math.min(Math.max(lines, LEAST_ROWS), MOST_ROWS);
    gutter.scrollTop = area.scrollTop;
    const isPart = to - from < text.length;
    shown.hidden = !isPart;
    const last = firstLine + lines - 1;
    const where = lines === 1 ? `Line ${last}` : `Lines ${firstLine} to ${last}`;
    if (label !== null) label.textContent = `${where}, a part of the file.`;
    if (earlier !== undefined) earlier.disabled = from === 0;
    if (later !== undefined) later.disabled = to === text.length;
  };
  const show = (index: number) => {
    const isWhole = text.length <= WHOLE;
    from = isWhole ? 0 : lineStart(text, Math.max(0, index - AROUND));
    to = isWhole ? text.length : lineEnd(text, Math.min(text.length, Math.max(index, from) + AROUND));
    firstLine = 1 + countLines(text, 0, from);
    area.value = text.slice(from, to);
    number();
  };
  area.addEventListener('input', () => {
    text = text.slice(0, from) + area.value + text.slice(to);
    to = from + area.value.length;
    number();
    changed();
  });
  area.addEventListener('scroll', () => {
    gutter.scrollTop = area.scrollTop;
  });
  earlier?.addEventListener('click', () => show(Math.max(0, from - AROUND)));
  later?.addEventListener('click', () => show(Math.min(text.length, to + AROUND)));
  gutter.hidden = false;
  new ResizeObserver(() => {
    gutter.style.height = `${area.offsetHeight}px`;
    gutter.scrollTop = area.scrollTop;
  }).observe(area);
  return {
    get text() {
      return text;
    },
    open(next) {
      text = next;
      marked = new Set();
      show(0);
    },
    jump(start, end) {
      if (start < from || end > to) show(start);
      // A value may be longer than what is shown of it.
      const last = Math.min(end, to, start + WHOLE);
      area.focus();
      area.setSelectionRange(start - from, last - from);
      const style = getComputedStyle(area);
      const before = area.value.slice(0, start - from).split('\n');
      area.scrollTop = (before.length - 4) * Number.parseFloat(style.lineHeight);
      const column = widthOf(before.at(-1) ?? '', style.font);
      area.scrollLeft = column < area.clientWidth * 0.8 ? 0 : column - area.clientWidth / 2;
    },
    mark(lines) {
      marked = new Set(lines);
      number();
    },
  };
}
