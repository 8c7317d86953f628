import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultOf, lineAndColumn, measureJson, repeatedMembers } from '../../../functions/enrollment/json-text.ts';

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
const countOf = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? Object.values(value).reduce((sum: number, child) => sum + countOf(child), 1)
    : 1;

describe('measureJson', () => {
  it('finds the depth of any JSON, and no fewer values than it has', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
        const { depth, values } = measureJson(JSON.stringify(value, null, indent));
        expect(depth).toBe(depthOf(value));
        expect(values + 1).toBeGreaterThanOrEqual(countOf(value) / 2);
      }),
    );
  });

  it.each(['"', '"\\', '"\\"', '[[[', ']]]', '{"a'])('measures %j, which is not JSON', (text) => {
    expect(measureJson(text).depth).toBeLessThanOrEqual(3);
  });
});

/** A value as JSON text in which some members come twice, and the paths of those. */
type Written = { text: string; repeated: string[] };
const known = new Set(['a', 'b', 'ä"']);
const names = fc.constantFrom('a', 'b', 'ä"', 'x', '__proto__');
const { written } = fc.letrec<{ written: (path: string) => Written }>((tie) => ({
  written: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('1', 'null', '"a"', '"{\\"a\\":[,"', '[]', '{}').map((text) => () => ({ text, repeated: [] })),
    fc.array(tie('written'), { maxLength: 3 }).map((items) => (path: string) => {
      const parts = items.map((item, index) => item(`${path}/${index}`));
      return { text: `[${parts.map(({ text }) => text)}]`, repeated: parts.flatMap(({ repeated }) => repeated) };
    }),
    fc.array(fc.tuple(names, tie('written')), { maxLength: 4 }).map((members) => (path: string) => {
      const seen = new Set<string>();
      const parts = members.map(([name, value]) => {
        const at = `${path}/${name}`;
        const inner = value(at);
        const own = known.has(name) && seen.has(name) ? [at] : [];
        seen.add(name);
        return {
          text: `${JSON.stringify(name)}: ${inner.text}`,
          repeated: [...own, ...(known.has(name) ? inner.repeated : [])],
        };
      });
      return {
        text: `{${parts.map(({ text }) => text).join(' ,\n')}}`,
        repeated: parts.flatMap((part) => part.repeated),
      };
    }),
  ),
}));

describe('repeatedMembers', () => {
  it('finds every known member that comes again, in the order of the text, and no other', () => {
    fc.assert(
      fc.property(written, (write) => {
        const { text, repeated } = write('');
        expect(() => JSON.parse(text)).not.toThrow();
        expect([...repeatedMembers(text, known)].map((path) => `/${path.join('/')}`)).toEqual(repeated);
      }),
      { numRuns: 500 },
    );
  });
});

describe('faultOf', () => {
  it.each([
    ['{"a": 1,}', 8],
    ['{"a" 1}', 5],
    ['[1 2]', 3],
    ['[01]', 1],
    ['tru', 0],
    ['{"a": "b\n"}', 8],
    ['["\\x"]', 2],
    ['"open', 0],
    ['[1', 2],
    ['', 0],
    ['{} {}', 3],
    ['[}', 1],
    ['\u00a0[]', 0],
  ])('%j has one at %i', (text, at) => {
    expect(faultOf(text)).toBe(at);
    expect(() => JSON.parse(text)).toThrow();
  });

  it('finds one where JSON.parse does, and nowhere else', () => {
    const characters = fc.constantFrom(...'{}[]",:\\u0e+-.1 \n\ttrfalsn', '"a"', 'null', '\u0001');
    const text = fc.oneof(
      fc.array(characters, { maxLength: 12 }).map((parts) => parts.join('')),
      fc
        .tuple(fc.json(), fc.nat(), fc.oneof(characters, fc.constant('')))
        .map(
          ([json, at, put]) => json.slice(0, at % (json.length + 1)) + put + json.slice((at % (json.length + 1)) + 1),
        ),
      fc.json(),
    );
    fc.assert(
      fc.property(text, (json) => {
        let parses = true;
        try {
          JSON.parse(json);
        } catch {
          parses = false;
        }
        const fault = faultOf(json);
        expect(fault === undefined, json).toBe(parses);
      }),
      { numRuns: 3000 },
    );
  });

  it('is told as editors count', () => {
    expect(lineAndColumn('a\nbc\r\nd', 6)).toEqual({ line: 3, column: 1 });
    expect(lineAndColumn('a\nbc', 3)).toEqual({ line: 2, column: 2 });
  });
});
