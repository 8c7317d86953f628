/** Where something stands in a text: indices, and the line and column where it begins, as editors count, from 1. */
export interface Place {
  from: number;
  /** Before it the place ends. */
  to: number;
  line: number;
  column: number;
}

const LINE_END = /\r\n|\r|\n/g;

/** Spans with their lines and columns, found in one pass over the text. @returns in the order given */
export function placesOf(text: string, spans: readonly (readonly [number, number])[]): Place[] {
  const order = [...spans.keys()].toSorted((a, b) => (spans[a]?.[0] ?? 0) - (spans[b]?.[0] ?? 0));
  const places: Place[] = spans.map(([from, to]) => ({ from, to, line: 1, column: 1 }));
  let line = 1;
  let begun = 0;
  LINE_END.lastIndex = 0;
  let end = LINE_END.exec(text);
  for (const index of order) {
    const place = places[index];
    if (place === undefined) continue;
    for (; end !== null && end.index + end[0].length <= place.from; end = LINE_END.exec(text)) {
      line++;
      begun = end.index + end[0].length;
    }
    place.line = line;
    place.column = place.from - begun + 1;
  }
  return places;
}

const SPACE = /[ \t\r\n]*/y;
const LITERAL = /[^\s,\]}]+/y;

/** Index after the string or literal at `start`. A loop: of a long string a regular expression would remember each character. */
function endOfScalar(text: string, start: number): number {
  if (text[start] !== '"') {
    LITERAL.lastIndex = start;
    // Never false where the text is JSON; each step goes on by a character at least.
    return LITERAL.test(text) ? LITERAL.lastIndex : start + 1;
  }
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22) return at + 1;
  }
  return text.length;
}

interface Level {
  path: string;
  start: number;
  /** In a list the index, in an object the name of the member that is being read. */
  at: number | string;
}

const join = (path: string, at: number | string) =>
  typeof at === 'number' ? `${path}[${at}]` : path === '' ? at : `${path}.${at}`;

/**
 * Where the values with those JSON paths stand, written as a manifest's problems have them; of a member that is there
 * twice the last, which is the one that counts.
 * @param text well-formed JSON
 */
export function spansOf(text: string, paths: ReadonlySet<string>): Map<string, readonly [number, number]> {
  const spans = new Map<string, readonly [number, number]>();
  const levels: Level[] = [];
  const pathNow = () => {
    const top = levels.at(-1);
    return top === undefined ? '' : join(top.path, top.at);
  };
  let nameNext = false;
  for (let index = 0; ; ) {
    SPACE.lastIndex = index;
    SPACE.test(text);
    index = SPACE.lastIndex;
    const character = text[index];
    if (character === undefined) return spans;
    const top = levels.at(-1);
    if (character === '{' || character === '[') {
      levels.push({ path: pathNow(), start: index, at: character === '[' ? 0 : '' });
      nameNext = character === '{';
      index++;
    } else if (character === '}' || character === ']') {
      levels.pop();
      nameNext = false;
      index++;
      if (top !== undefined && paths.has(top.path)) spans.set(top.path, [top.start, index]);
    } else if (character === ',') {
      if (typeof top?.at === 'number') top.at++;
      else nameNext = true;
      index++;
    } else if (character === ':') index++;
    else {
      const end = endOfScalar(text, index);
      if (nameNext && top !== undefined) {
        top.at = String(JSON.parse(text.slice(index, end)));
        nameNext = false;
      } else if (paths.has(pathNow())) spans.set(pathNow(), [index, end]);
      index = end;
    }
  }
}

/** `a[3].b` → `a[3]` → `a` → the whole. */
const parentOf = (path: string) => path.replace(/(?:\.|^)[^.[\]]+$|\[\d+\]$/, '');

/**
 * Where each path's value stands; where there is none, where its object or list begins.
 * @param text well-formed JSON
 */
export function spansOrParents(text: string, paths: readonly string[]): (readonly [number, number])[] {
  const wanted = new Set<string>();
  for (const path of paths) {
    for (let each = path; ; each = parentOf(each)) {
      wanted.add(each);
      if (each === '') break;
    }
  }
  const spans = spansOf(text, wanted);
  return paths.map((path) => {
    const own = spans.get(path);
    for (let each = path; own === undefined; each = parentOf(each)) {
      const start = spans.get(each)?.[0];
      if (start !== undefined) return [start, start + 1];
      if (each === '') return [0, 0];
    }
    return own;
  });
}
