import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CsvError, parseCsv } from '../../../clients/manifest/csv.ts';

const cell = fc.string({ unit: fc.constantFrom('a', 'ü', ' ', ',', '"', '\n', '\r\n', ';'), maxLength: 8 });
const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 5 }), { maxLength: 8 });
const quote = (text: string, always: boolean) =>
  always || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

test('whatever is written as CSV is read as it was', () => {
  fc.assert(
    fc.property(
      table,
      fc.boolean(),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      fc.boolean(),
      (rows, always, end, mark, last) => {
        const text = rows.map((cells) => cells.map((each) => quote(each, always)).join(',')).join(end);
        const read = parseCsv(`${mark ? '\uFEFF' : ''}${text}${last ? end : ''}`);
        expect(read.map(({ cells }) => cells)).toEqual(rows);
      },
    ),
  );
});

test('rows know their lines, empty lines are none', () => {
  expect(parseCsv('a,b\r\n\r\n"x\ny",z\nlast,')).toEqual([
    { line: 1, cells: ['a', 'b'], starts: [0, 2], end: 3 },
    { line: 3, cells: ['x\ny', 'z'], starts: [7, 13], end: 14 },
    { line: 5, cells: ['last', ''], starts: [15, 20], end: 20 },
  ]);
  expect(parseCsv('')).toEqual([]);
});

test.each(['a,b\n"c', 'a,b\nc"d,e', 'a,b\n"c"d,e', 'a,b\n"c""'])('%j is none, and says where', (text) => {
  expect(() => parseCsv(text)).toThrow(CsvError);
  try {
    parseCsv(text);
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ line: 2 });
  }
});

test('any text is read or refused in time that grows as its length', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('"', ',', '\n', 'x'), maxLength: 200 }), (text) => {
      try {
        parseCsv(text);
      } catch (error) {
        expect(error).toBeInstanceOf(CsvError);
      }
    }),
  );
  expect(parseCsv('"a""b",c\n'.repeat(50_000))).toHaveLength(50_000);
});
