import { expect, it } from 'vitest';
import type { Entry } from '../../clients/runs/timeline.ts';
import { lasting } from '../../console/runs/lasting.ts';
import { StoryList } from '../../console/runs/story.tsx';

const entry = (seconds: number, what: string, series?: Entry['series']): Entry => ({
  at: new Date(Date.UTC(2026, 4, 4) + seconds * 1000),
  what,
  detail: '',
  tone: 'plain',
  ...(series !== undefined && { series }),
});

const told = (entries: Entry[]) => String(StoryList({ entries }));

it('a long series is folded in its middle, and what is around it is not', () => {
  const tries = Array.from({ length: 12 }, (_, index) => entry(index + 1, `try ${index + 1}`, 'START'));
  const html = told([entry(0, 'uploaded'), ...tries, entry(20, 'submitted')]);
  const [before = '', folded = '', after = ''] = html.split(/<details>|<\/details>/);
  expect(before.match(/uploaded|try \d+/g)).toEqual(['uploaded', 'try 1', 'try 2', 'try 3']);
  expect(folded).toContain('and 6 more like it');
  expect(folded.match(/try \d+/g)).toEqual(['try 4', 'try 5', 'try 6', 'try 7', 'try 8', 'try 9']);
  expect(after.match(/submitted|try \d+/g)).toEqual(['try 10', 'try 11', 'try 12', 'submitted']);
  expect(told(tries.slice(0, 8))).not.toContain('<details>');
});

it('each entry says how long after the one before it came', () => {
  const html = told([entry(0, 'a'), entry(0.01, 'b'), entry(3.21, 'c'), entry(4000, '<i>')]);
  expect(html.match(/(at once|[\d.]+ \w+(?: \d+ \w+)? later)/g)).toEqual(['at once', '3.2 s later', '1 h 6 min later']);
  expect(html).toContain('&lt;i&gt;');
});

it.each([
  [0, '0 s'],
  [940, '0.9 s'],
  [12_345, '12 s'],
  [59_600, '1 min'],
  [250_000, '4 min 10 s'],
  [7_500_000, '2 h 5 min'],
  [266_400_000, '3 d 2 h'],
])('%i ms are %s', (ms, words) => {
  expect(lasting(ms)).toBe(words);
});
