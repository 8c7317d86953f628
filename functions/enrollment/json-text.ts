/** What is found out about JSON text before it is parsed, in one pass and without keeping anything of it. */
export interface JsonMeasure {
  /** Deepest nesting of objects and lists. */
  depth: number;
  /** Objects, lists and commas: as many values as the text can have, or more. */
  values: number;
}

/** Measures JSON text, strings skipped. The text need not be well-formed. */
export function measureJson(text: string): JsonMeasure {
  let level = 0;
  let depth = 0;
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22:
        at = endOfString(text, at);
        break;
      case 0x7b: // {
      case 0x5b: // [
        values++;
        level++;
        if (level > depth) depth = level;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        level--;
        break;
      case 0x2c: // ,
        values++;
    }
  }
  return { depth, values };
}

/** Index of the quotation mark that closes the string opened at `start`, or of the text's end. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22) break;
  }
  return at;
}

interface Level {
  /** Undefined in a list. */
  seen: Set<string> | undefined;
  /** The member or element that is being read. */
  at: string | number;
  /** Below a member that is not among the known ones. */
  unknown: boolean;
  nameNext: boolean;
}

/**
 * Paths of the members that an object has more than once, of those whose names are `known`, wherever all names on the
 * way are known. `JSON.parse` keeps the last one, other parsers the first: who is enrolled must not depend on that.
 * @param text well-formed JSON
 */
export function* repeatedMembers(text: string, known: ReadonlySet<string>): Generator<(string | number)[]> {
  const levels: Level[] = [];
  let top: Level | undefined;
  const isUnknown = () => top !== undefined && (top.unknown || (typeof top.at === 'string' && !known.has(top.at)));
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: {
        const end = endOfString(text, at);
        if (top?.seen !== undefined && top.nameNext) {
          const raw = text.slice(at + 1, end);
          // An escaped name is the same name.
          const name = raw.includes('\\') ? String(JSON.parse(`"${raw}"`)) : raw;
          top.at = name;
          top.nameNext = false;
          if (known.has(name) && !top.unknown) {
            if (top.seen.has(name)) yield levels.map((level) => level.at);
            top.seen.add(name);
          }
        }
        at = end;
        break;
      }
      case 0x7b: // {
        top = { seen: new Set(), at: '', unknown: isUnknown(), nameNext: true };
        levels.push(top);
        break;
      case 0x5b: // [
        top = { seen: undefined, at: 0, unknown: isUnknown(), nameNext: false };
        levels.push(top);
        break;
      case 0x7d: // }
      case 0x5d: // ]
        levels.pop();
        top = levels.at(-1);
        break;
      case 0x2c: // ,
        if (top === undefined) break;
        if (typeof top.at === 'number') top.at++;
        else top.nameNext = true;
    }
  }
}

/** What may come next: a value, a member's name, a colon, or what goes on or ends. `first`: right after `[` or `{`. */
type Expected = 'value' | 'first value' | 'name' | 'first name' | 'colon' | 'after';

const LITERAL = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;
const SPACE = /[ \t\r\n]*/y;
/** A string's escape, or a character that JSON has only escaped. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what JSON does not allow
const IN_STRING = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})?|[\u0000-\u001f]/g;

/** Index of what makes a string no JSON string, of one that is opened at `start` and whose closing mark is at `end`. */
function faultInString(text: string, start: number, end: number): number | undefined {
  if (end >= text.length) return start;
  for (const { 0: found, index } of text.slice(start, end).matchAll(IN_STRING)) {
    if (found.length === 1) return start + index;
  }
  return undefined;
}

/** Index of the first character that no JSON text can have there; its length where it ends too early; undefined: it is JSON. */
export function faultOf(text: string): number | undefined {
  const open: string[] = [];
  let expected: Expected = 'value';
  for (let at = 0; ; ) {
    SPACE.lastIndex = at;
    SPACE.test(text);
    at = SPACE.lastIndex;
    const character = text[at];
    if (expected === 'after' && open.length === 0) return character === undefined ? undefined : at;
    const inside = open.at(-1);
    if (character === undefined) return at;
    if (character === '"' && (expected.endsWith('value') || expected.endsWith('name'))) {
      const end = endOfString(text, at);
      const fault = faultInString(text, at, end);
      if (fault !== undefined) return fault;
      expected = expected.endsWith('name') ? 'colon' : 'after';
      at = end + 1;
    } else if (expected === 'colon' && character === ':') {
      expected = 'value';
      at++;
    } else if (expected === 'after' && character === ',') {
      expected = inside === '{' ? 'name' : 'value';
      at++;
    } else if (character === '}' && inside === '{' && (expected === 'after' || expected === 'first name')) {
      open.pop();
      expected = 'after';
      at++;
    } else if (character === ']' && inside === '[' && (expected === 'after' || expected === 'first value')) {
      open.pop();
      expected = 'after';
      at++;
    } else if ((character === '{' || character === '[') && expected.endsWith('value')) {
      open.push(character);
      expected = character === '{' ? 'first name' : 'first value';
      at++;
    } else {
      LITERAL.lastIndex = at;
      if (!expected.endsWith('value') || !LITERAL.test(text)) return at;
      expected = 'after';
      at = LITERAL.lastIndex;
    }
  }
}

/** Where an index is, as editors count: from 1. */
export function lineAndColumn(text: string, index: number): { line: number; column: number } {
  const before = text.slice(0, index).split(/\r\n|\r|\n/);
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
