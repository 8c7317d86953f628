import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { drawn } from '../../bench/pictures/chart.ts';
import { pictureOf } from '../../bench/pictures/pictures.ts';

const ticks = (...at: number[]) => at.map((each) => ({ at: each, label: `${each}` }));
const pointsIn = (svg: string) =>
  [...svg.matchAll(/points="([^"]*)"/g)].map(([, points = '']) =>
    points.split(' ').map((point) => point.split(',').map(Number)),
  );

test('what grows tenfold rises by the same step, and nothing at all has its place before the first', () => {
  const series = [
    {
      name: 'a',
      colour: '#000',
      points: [
        [0, 1],
        [10, 10],
        [100, 100],
      ] as [number, number][],
    },
  ];
  const svg = drawn({ title: 't', across: 'x', up: 'y', columns: ticks(0, 10, 100), rows: ticks(1, 10, 100), series });
  const [[[x0 = 0, y0 = 0] = [], [x1 = 0, y1 = 0] = [], [x2 = 0, y2 = 0] = []] = []] = pointsIn(svg);
  expect(x1 - x0).toBeCloseTo(x2 - x1, 0);
  expect(y0 - y1).toBeCloseTo(y1 - y2, 0);
  expect(y1 - y2).toBeGreaterThan(50);
});

test.each([
  ['poll-plan', 3],
  ['scaling', 2],
  ['enrolled', 1],
  ['sessions', 2],
])('the picture of %s is the one of its last results', (name, lines) => {
  const results = JSON.parse(readFileSync(`bench/results/${name}.json`, 'utf8'));
  const picture = pictureOf(name, results);
  expect(picture?.svg).toBe(readFileSync(`docs/performance/${picture?.file}`, 'utf8'));
  const series = pointsIn(picture?.svg ?? '');
  expect(series).toHaveLength(lines);
  for (const points of series) {
    expect(points).toHaveLength(results.rows.length);
    // A column that is not a number has no place.
    expect(points.flat().every(Number.isFinite)).toBe(true);
  }
});
