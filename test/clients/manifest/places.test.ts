import fc from 'fast-check';
import { expect, test } from 'vitest';
import { placesOf, spansOf, spansOrParents } from '../../../clients/manifest/places.ts';
import { readManifest } from '../../../functions/enrollment/manifest.ts';

/** Each value of a JSON value by its path. */
function* values(value: unknown, path: string): Generator<[string, unknown]> {
  yield [path, value];
  if (Array.isArray(value)) for (const [index, each] of value.entries()) yield* values(each, `${path}[${index}]`);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, each] of Object.entries(value)) yield* values(each, path === '' ? name : `${path}.${name}`);
  }
}

const name = fc.constantFrom('a', 'b', 'Version', 'with "quotes"', '\\', 'ü');
const { json } = fc.letrec((tie) => ({
  json: fc.oneof({ maxDepth: 4 }, tie('scalar'), fc.array(tie('json'), { maxLength: 4 }), tie('object')),
  object: fc.dictionary(name, tie('json'), { maxKeys: 4, noNullPrototype: true }),
  scalar: fc.oneof(
    fc.string({ unit: fc.constantFrom('"', '\\', '{', ']', ',', 'x', '\n') }),
    fc.double(),
    fc.boolean(),
  ),
}));

test('every value of a JSON text is found where it stands', () => {
  fc.assert(
    fc.property(json, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      const all = new Map(values(JSON.parse(text), ''));
      const spans = spansOf(text, new Set(all.keys()));
      for (const [path, [from, to]] of spans) expect(JSON.parse(text.slice(from, to))).toEqual(all.get(path));
      expect(spans.size).toBe(all.size);
    }),
  );
});

test('lines and columns are those that an editor shows, whatever ends the lines', () => {
  const line = fc.string({ unit: fc.constantFrom('x', 'ü', ' '), maxLength: 4 });
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), fc.constantFrom('\n', '\r\n', '\r'), (lines, end) => {
      const starts = lines.map((_, index) =>
        lines.slice(0, index).reduce((sum, each) => sum + each.length + end.length, 0),
      );
      const spans = lines.flatMap((each, index) => {
        const start = starts[index] ?? 0;
        return [[start + each.length, start + each.length] as const, [start, start] as const];
      });
      const expected = lines.flatMap((each, index) => [
        { line: index + 1, column: each.length + 1 },
        { line: index + 1, column: 1 },
      ]);
      expect(placesOf(lines.join(end), spans).map(({ line, column }) => ({ line, column }))).toEqual(expected);
    }),
  );
});

test('the problems of a manifest are at their places; what is missing is where its object begins', () => {
  const text = `{"Version": "1.0", "SpeakerEnrollmentRequests": [
  {"RequestId": "a", "SpeakerId": "id#1", "AudioSpecifications": [{"S3Uri": "s3://calls/a.wav", "ChannelId": 0}]},
  {"RequestId": "a", "SpeakerId": "ann",
   "AudioSpecifications": [{"S3Uri": "s3://calls/a.wav"}]}
]}`;
  const reading = readManifest(Buffer.from(text));
  if (!('problems' in reading)) throw new Error('The manifest is accepted.');
  const spans = spansOrParents(
    text,
    reading.problems.map(({ path }) => path),
  );
  const places = placesOf(text, spans);
  const shown = places.map(({ line, column, from, to }) => `${line}:${column} ${text.slice(from, to)}`);
  expect(shown).toEqual(['2:35 "id#1"', '3:17 "a"', '4:28 {']);
  expect(spansOrParents('[]', ['$'])).toEqual([[0, 1]]);
});
