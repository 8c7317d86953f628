/** A place on an axis and what is written there. */
export interface Tick {
  at: number;
  label: string;
}

export interface Series {
  name: string;
  colour: string;
  /** x and y, from left to right. */
  points: [number, number][];
}

export interface Chart {
  title: string;
  /** What the axes count. */
  across: string;
  up: string;
  /** Both axes are logarithmic, from the first tick to the last; a 0 on the horizontal one has its place before the first. */
  columns: Tick[];
  rows: Tick[];
  series: Series[];
}

export const COLOURS = { ours: '#1a7f5a', other: '#b3261e', third: '#8a6d00' };

const WIDTH = 640;
const HEIGHT = 360;
const MARGIN = { left: 64, right: 150, top: 32, bottom: 56 };

const scale = (low: number, high: number, from: number, to: number) => (value: number) =>
  from + ((Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low))) * (to - from);

const ends = (ticks: readonly Tick[]): [number, number] => [ticks[0]?.at ?? 1, ticks.at(-1)?.at ?? 10];

const text = (x: number, y: number, words: string, more = '') =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${words}</text>`;

/** As an SVG file. */
export function drawn({ title, across, up, columns, rows, series }: Chart): string {
  const [left, right] = ends(columns);
  const zero = left === 0 ? 1 : 0;
  const [low, high] = ends(columns.slice(zero));
  // One step before the first place that a logarithm has.
  const first = MARGIN.left + (zero * (WIDTH - MARGIN.right - MARGIN.left)) / Math.max(1, columns.length - 1);
  const place = scale(low, high, first, WIDTH - MARGIN.right);
  const x = (value: number) => (value === 0 ? MARGIN.left : place(value));
  const y = scale(...ends(rows), HEIGHT - MARGIN.bottom, MARGIN.top);
  const grid = rows.map(
    ({ at, label }) =>
      `<path d="M${MARGIN.left} ${y(at).toFixed(1)}H${x(right).toFixed(1)}" stroke="#ddd"/>` +
      text(MARGIN.left - 8, y(at) + 4, label, 'text-anchor="end"'),
  );
  const ticks = columns.map(({ at, label }) => text(x(at), HEIGHT - MARGIN.bottom + 20, label, 'text-anchor="middle"'));
  const lines = series.map(({ name, colour, points }) => {
    const places = points.map(([px, py]): [number, number] => [x(px), y(py)]);
    const [endX, endY] = places.at(-1) ?? [0, 0];
    return (
      `<polyline points="${places.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>` +
      places
        .map(([px, py]) => `<circle cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="2.5" fill="${colour}"/>`)
        .join('') +
      text(endX + 8, endY + 4, name, `fill="${colour}"`)
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12">
<title>${title}</title><rect width="100%" height="100%" fill="#fff"/>
${[...grid, ...ticks, ...lines].join('\n')}
${text(MARGIN.left, 16, up)}${text(x(right), HEIGHT - 12, across, 'text-anchor="end"')}
</svg>
`;
}
