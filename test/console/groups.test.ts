import { expect, test } from 'vitest';
import { countsOf, groupsOf } from '../../console/outcomes/groups.ts';

const row = (requestId: string, outcome: string, message = '') => ({ requestId, outcome, message });
const shape = (rows: Parameters<typeof groupsOf>[0]) =>
  groupsOf(rows).map(({ what, rows }) => [what, rows.map(({ requestId }) => requestId).join(' ')]);

test('failures come first, the most frequent cause first, then successes, the most frequent first', () => {
  const rows = [
    row('a', 'NEW_ENROLLMENT'),
    row('b', 'DUPLICATE_SKIPPED'),
    row('c', 'DUPLICATE_SKIPPED'),
    row('d', 'SOMETHING_NEW'),
    row('e', '409', 'The speaker has opted out, and is not enrolled.'),
    row('f', '500', 'An internal error.'),
    row('g', '429', 'Too many requests.'),
  ];
  expect(shape(rows)).toEqual([
    ['trouble that passes', 'f g'],
    ['a speaker who has opted out', 'e'],
    ['skipped, as enrolled already', 'b c'],
    ['enrolled', 'a'],
    ['SOMETHING_NEW', 'd'],
  ]);
  expect(countsOf(rows).map(({ word, count }) => `${word} ${count}`)).toEqual([
    'failed 3',
    'skipped, as enrolled already 2',
    'enrolled 1',
    'SOMETHING_NEW 1',
  ]);
});

test('where every request says something else, the rarest causes are one', () => {
  const letters = (i: number) => String.fromCharCode(97 + Math.floor(i / 26), 97 + (i % 26));
  const rows = Array.from({ length: 200 }, (_, i) => row(`r${i}`, '400', `Found ${letters(i)}.`));
  const groups = groupsOf([...rows, row('again', '400', 'Found aa.'), row('good', 'NEW_ENROLLMENT')]);
  expect(groups).toHaveLength(52);
  expect(groups[0]).toMatchObject({ what: '400 Found aa.', rows: [{ requestId: 'r0' }, { requestId: 'again' }] });
  expect(groups[50]?.what).toBe('other causes');
  expect(groups[50]?.rows).toHaveLength(150);
  expect(groups[50]?.advice).toMatch(/each message/);
  expect(new Set(groups.map(({ key }) => key)).size).toBe(52);
});
