import type { BenchTable } from '../table.ts';
import { type Chart, COLOURS, drawn, type Tick } from './chart.ts';

type Row = BenchTable['rows'][number];

const number = (row: Row, column: number) => Number.parseFloat(String(row[column] ?? ''));
const powers = (from: number, to: number): Tick[] => {
  const ticks: Tick[] = [];
  for (let at = from; at <= to; at *= 10) ticks.push({ at, label: at.toLocaleString('en') });
  return ticks;
};
const points = (rows: readonly Row[], y: (row: Row) => number) =>
  rows.map((row): [number, number] => [number(row, 0), y(row)]);
const most = (rows: readonly Row[]) => Math.max(...rows.map((row) => number(row, 0)));

/** How the cost grows as the work grows: a picture for each benchmark that measures it, from its rows. */
const charts: Record<string, { file: string; chart: (rows: readonly Row[]) => Chart }> = {
  'poll-plan': {
    file: 'polls',
    chart: (rows) => ({
      title: 'Polls until a job’s end is seen, by its length',
      across: 'length of the job',
      up: 'polls',
      columns: [
        { at: 10, label: '10 s' },
        { at: 60, label: '1 min' },
        { at: 600, label: '10 min' },
        { at: 3600, label: '1 h' },
        { at: 21_600, label: '6 h' },
        { at: 86_400, label: '24 h' },
      ],
      rows: [...powers(1, 10_000), { at: 20_000, label: '' }],
      series: [
        { name: 'every 5 s', colour: COLOURS.other, points: points(rows, (row) => number(row, 3)) },
        { name: 'every 60 s', colour: COLOURS.third, points: points(rows, (row) => number(row, 5)) },
        { name: 'the plan', colour: COLOURS.ours, points: points(rows, (row) => number(row, 1)) },
      ],
    }),
  },
  scaling: {
    file: 'speakers-a-job',
    chart: (rows) => ({
      title: 'Processor time of a speaker beside listening, by the speakers of a job',
      across: 'speakers in the job',
      up: 'processor time a speaker, ms, recordings missing',
      columns: powers(1, most(rows)),
      rows: powers(1, 1000),
      series: [
        {
          name: 'a job',
          colour: COLOURS.ours,
          points: points(rows, (row) => (1000 * number(row, 6)) / number(row, 0)),
        },
        {
          name: 'the bare loop',
          colour: COLOURS.third,
          points: points(rows, (row) => (1000 * number(row, 7)) / number(row, 0)),
        },
      ],
    }),
  },
  enrolled: {
    file: 'enrolled',
    chart: (rows) => ({
      title: 'Milliseconds of a request, by the speakers that are enrolled already',
      across: 'speakers enrolled already',
      up: 'ms a request, recordings missing',
      columns: [{ at: 0, label: '0' }, ...powers(1000, most(rows))],
      rows: powers(1, 100),
      series: [{ name: 'a job of 300', colour: COLOURS.ours, points: points(rows, (row) => number(row, 1)) }],
    }),
  },
  sessions: {
    file: 'sessions',
    chart: (rows) => ({
      title: 'Processor time of a chunk and of a verdict, by the calls that are listened to',
      across: 'sessions that are open',
      up: 'processor time, ms',
      columns: powers(1, most(rows)),
      rows: powers(1, 100),
      series: [
        { name: 'a chunk of 1 s', colour: COLOURS.ours, points: points(rows, (row) => number(row, 1)) },
        { name: 'a verdict', colour: COLOURS.third, points: points(rows, (row) => number(row, 3)) },
      ],
    }),
  },
};

/** @returns the picture's name and its SVG text; undefined for a benchmark without one. */
export function pictureOf(name: string, { rows }: BenchTable): { file: string; svg: string } | undefined {
  const picture = charts[name];
  return picture && { file: `${picture.file}.svg`, svg: drawn(picture.chart(rows)) };
}
