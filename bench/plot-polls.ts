/** Draws `docs/performance/polls.svg` from `bench/results/poll-plan.json`: node bench/plot-polls.ts */
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';

const cell = z.union([z.string(), z.number()]);
const results = z.object({ rows: z.array(z.array(cell)) });
const { rows } = results.parse(
  JSON.parse(await readFile(new URL('./results/poll-plan.json', import.meta.url), 'utf8')),
);

const WIDTH = 640;
const HEIGHT = 360;
const MARGIN = { left: 64, right: 150, top: 24, bottom: 48 };
const SERIES = [
  { column: 3, name: 'every 5 s', colour: '#b3261e' },
  { column: 5, name: 'every 60 s', colour: '#8a6d00' },
  { column: 1, name: 'the plan', colour: '#1a7f5a' },
];

/** Both axes are logarithmic: 10 s to a day, 1 to 20,000 polls. */
const scale = (low: number, high: number, from: number, to: number) => (value: number) =>
  from + ((Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low))) * (to - from);
const x = scale(10, 86_400, MARGIN.left, WIDTH - MARGIN.right);
const y = scale(1, 20_000, HEIGHT - MARGIN.bottom, MARGIN.top);

const seconds = (row: (string | number)[]) => Number.parseInt(String(row[0]), 10);
const text = (at: [number, number], words: string, more = '') =>
  `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" ${more}>${words}</text>`;

const grid = [1, 10, 100, 1000, 10_000].map(
  (polls) =>
    `<path d="M${MARGIN.left} ${y(polls).toFixed(1)}H${WIDTH - MARGIN.right}" stroke="#ddd"/>` +
    text([MARGIN.left - 8, y(polls) + 4], polls.toLocaleString('en'), 'text-anchor="end"'),
);
const ticks = [
  [10, '10 s'],
  [60, '1 min'],
  [600, '10 min'],
  [3600, '1 h'],
  [21_600, '6 h'],
  [86_400, '24 h'],
].map(([at, name]) => text([x(Number(at)), HEIGHT - MARGIN.bottom + 20], String(name), 'text-anchor="middle"'));
const lines = SERIES.map(({ column, name, colour }) => {
  const points = rows.map((row): [number, number] => [x(seconds(row)), y(Number(row[column]))]);
  const last = points.at(-1) ?? [0, 0];
  const path = points.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(' ');
  return (
    `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>` +
    text([last[0] + 8, last[1] + 4], name, `fill="${colour}"`)
  );
});
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12">
<title>Polls until a job's end is seen, by its length</title><rect width="100%" height="100%" fill="#fff"/>
${[...grid, ...ticks, ...lines].join('\n')}
${text([MARGIN.left, 14], 'polls')}${text([WIDTH - MARGIN.right, HEIGHT - 8], 'length of the job', 'text-anchor="end"')}
</svg>
`;
await writeFile(new URL('../docs/performance/polls.svg', import.meta.url), svg);
