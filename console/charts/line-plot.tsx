import type { FC } from 'hono/jsx';

export interface Axis {
  label: string;
  ticks: readonly { at: number; text: string }[];
  /** Where a value lies on the axis, 0 to 1. */
  place: (value: number) => number;
}

export interface Mark {
  /** On the x axis. */
  at: number;
  label: string;
  /** Where it meets a curve, on the y axis: the one mark that the plot is looked at for. */
  on?: number;
}

interface LinePlotProps {
  /** What it shows and what is to be seen in it, for those who don't see it. */
  label: string;
  x: Axis;
  y: Axis;
  points: readonly (readonly [x: number, y: number])[];
  marks?: readonly Mark[];
}

/** The curve's own units; it is stretched to whatever room there is. */
const UNITS = 1000;

const percent = (share: number) => `${Number((share * 100).toFixed(2))}%`;

/**
 * A curve over two axes, as wide as its place. Only the curve is stretched: texts keep their size in every window, so places
 * are in percent. Colours come from the style sheet.
 */
export const LinePlot: FC<LinePlotProps> = ({ label, x, y, points, marks = [] }) => {
  const px = (value: number) => percent(x.place(value));
  const py = (value: number) => percent(1 - y.place(value));
  const path = points
    .map(
      ([a, b], i) =>
        `${i === 0 ? 'M' : 'L'}${(x.place(a) * UNITS).toFixed(1)} ${((1 - y.place(b)) * UNITS).toFixed(1)}`,
    )
    .join('');
  return (
    <svg class="plot" role="img" aria-label={label}>
      {y.ticks.map(({ at, text }) => (
        <>
          <line class="grid" x1="0%" x2="100%" y1={py(at)} y2={py(at)} />
          <text x="0%" dx="-0.6em" y={py(at)} dy="0.35em" text-anchor="end">
            {text}
          </text>
        </>
      ))}
      {x.ticks.map(({ at, text }) => (
        <text x={px(at)} y="100%" dy="1.5em" text-anchor="middle">
          {text}
        </text>
      ))}
      <text class="axis" x="0%" y="0%" dx="-4.2em" dy="-1.4em">
        {y.label}
      </text>
      <text class="axis" x="100%" y="100%" dy="2.9em" text-anchor="end">
        {x.label}
      </text>
      <svg aria-hidden="true" width="100%" height="100%" viewBox={`0 0 ${UNITS} ${UNITS}`} preserveAspectRatio="none">
        <path class="curve" d={path} vector-effect="non-scaling-stroke" />
      </svg>
      {marks.map(({ at, label: text, on }) => {
        // A label must not leave the plot: on the right half it stands left of its line.
        const end = x.place(at) > 0.5;
        return (
          <g class={on === undefined ? 'mark' : 'mark chosen'}>
            <line x1={px(at)} x2={px(at)} y1="0%" y2="100%" />
            {on !== undefined && <circle cx={px(at)} cy={py(on)} r="5" />}
            <text
              x={px(at)}
              dx={end ? '-0.5em' : '0.5em'}
              y="0%"
              dy={on === undefined ? '1.1em' : '2.6em'}
              text-anchor={end ? 'end' : 'start'}
            >
              {text}
            </text>
          </g>
        );
      })}
    </svg>
  );
};
