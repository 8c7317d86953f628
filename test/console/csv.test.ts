import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCsv } from '../../clients/manifest/csv.ts';
import { csvFileName, requestsCsv } from '../../console/outcomes/csv.ts';
import type { Group } from '../../console/outcomes/groups.ts';

const group = (...ids: string[]): Group => ({
  key: 'k',
  failed: true,
  what: 'not enough speech',
  advice: 'Give more, "longer", ones.',
  rows: ids.map((requestId) => ({ requestId, outcome: '400', message: `Said\r\n${requestId}` })),
});

test('whatever a request is called, it is read back, and no cell begins a formula', () => {
  const ids = fc.array(
    fc.string({ unit: fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '"', ',', ' ', "'", 'a', 'ü') }),
  );
  fc.assert(
    fc.property(ids, (names) => {
      const csv = requestsCsv([group(...names)]);
      const rows = parseCsv(csv).slice(1);
      expect(rows.map(({ cells }) => cells.length)).toEqual(names.map(() => 5));
      for (const [index, name] of names.entries()) {
        const [id = '', outcome, cause, advice] = rows[index]?.cells ?? [];
        expect([name, `'${name}`]).toContain(id);
        expect(id).not.toMatch(/^\s*[=+\-@]/);
        expect([outcome, cause, advice]).toEqual(['400', 'not enough speech', 'Give more, "longer", ones.']);
      }
      expect(csv.endsWith('\r\n')).toBe(true);
    }),
  );
  expect(parseCsv(requestsCsv([group('plain-1', '=1+1', ' -2', '＝1')])).map(({ cells }) => cells[0])).toEqual([
    'RequestId',
    'plain-1',
    "'=1+1",
    "' -2",
    "'＝1",
  ]);
});

test.each([
  ['s3://bucket/2026/monday.json', 'monday-outcomes.csv'],
  ['s3://bucket/Überweisung "1"\r\n.JSON', 'Uberweisung-1-outcomes.csv'],
  ['s3://bucket/日本語.json', 'requests-outcomes.csv'],
  ['../../.json', 'requests-outcomes.csv'],
])('the file of %j is named %s', (manifest, name) => {
  expect(csvFileName(manifest)).toBe(name);
});
