import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measureJson, repeatedMembers } from '../../../functions/enrollment/json-text.ts';

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
