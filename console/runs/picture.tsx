import type { FC } from 'hono/jsx';
import type { Step } from '../../clients/runs/history.ts';
import { stateNow } from '../../clients/runs/history.ts';
import type { Machine } from '../../clients/runs/machine.ts';
import { readable } from '../../clients/runs/timeline.ts';
import { layOut, type Point } from './layered-layout.ts';

/** Pixels: a letter's width on average, a line's height, and what is round the text of a box. */
const LETTER = 8;
const LINE = 18;
const PAD_X = 24;
/** What the points of a question's box take. */
const POINTS = 16;
const PAD_Y = 14;
/** Letters from which on a name takes two lines. */
const LONG = 13;

/** A name in one line or two of about the same length. */
function linesOf(name: string): string[] {
  const words = readable(name).split(' ');
  if (name.length < LONG || words.length < 2) return [words.join(' ')];
  const ways = words
    .slice(1)
    .map((_, index) => [words.slice(0, index + 1).join(' '), words.slice(index + 1).join(' ')]);
  const widest = (lines: string[]) => Math.max(...lines.map(({ length }) => length));
  return ways.reduce((best, way) => (widest(way) < widest(best) ? way : best));
}

const round = (value: number) => Math.round(value * 10) / 10;

/** A line through its points that leaves and arrives upright. */
function pathOf([first, ...rest]: readonly Point[]): string {
  if (first === undefined) return '';
  let { x, y } = first;
  let path = `M${round(x)} ${round(y)}`;
  for (const point of rest) {
    const middle = round((y + point.y) / 2);
    if (x === point.x) path += `V${round(point.y)}`;
    else path += `C${round(x)} ${middle} ${round(point.x)} ${middle} ${round(point.x)} ${round(point.y)}`;
    ({ x, y } = point);
  }
  return path;
}

/** The outline of a box: what is asked is pointed at its sides, what waits is round, the rest is square. */
const Outline: FC<{ type: string; width: number; height: number }> = ({ type, width, height }) => {
  const [w, h] = [width / 2, height / 2];
  if (type === 'Choice') {
    return <path d={`M${-w} 0L${-w + 12} ${-h}H${w - 12}L${w} 0L${w - 12} ${h}H${-w + 12}Z`} />;
  }
  return <rect x={-w} y={-h} width={width} height={height} rx={type === 'Wait' ? h : 4} />;
};

interface Passage {
  /** How often each state was entered. */
  passed: Map<string, number>;
  taken: Set<string>;
  here: string | undefined;
  /** The state in which the execution died. */
  died: string | undefined;
}

const wayOf = (from: string, to: string) => `${from}\n${to}`;

/** Which way executions took through their machine, the last one to the end. */
export function passage(executions: readonly (readonly Step[])[]): Passage {
  const passed = new Map<string, number>();
  const taken = new Set<string>();
  let died: string | undefined;
  for (const steps of executions) {
    let before: string | undefined;
    for (const step of steps) {
      if (step.kind === 'ENTERED') {
        passed.set(step.state, (passed.get(step.state) ?? 0) + 1);
        if (before !== undefined) taken.add(wayOf(before, step.state));
        before = step.state;
      } else if (step.kind === 'FAILED' || step.kind === 'ABORTED' || step.kind === 'TIMED_OUT') died = before;
    }
  }
  return { passed, taken, died, here: stateNow(executions.findLast((steps) => steps.length > 0) ?? [])?.state };
}

/** What the picture shows, in a sentence. */
export function inWords({ passed, here, died }: Passage): string {
  const times = [...passed].map(([name, count]) =>
    count === 1 ? readable(name) : `${readable(name)} (${count} times)`,
  );
  const parts = [
    times.length === 0 ? 'Nothing has been passed yet.' : `Passed: ${times.join(', ')}.`,
    died === undefined ? '' : `It was stopped in: ${readable(died)}.`,
    here === undefined ? '' : `Now in: ${readable(here)}.`,
  ];
  return parts.filter((part) => part !== '').join(' ');
}

/** The state machine, with what a run has passed of it and where it is. */
export const Picture: FC<{ machine: Machine; passage: Passage }> = ({ machine, passage }) => {
  const { passed, taken, here, died } = passage;
  const boxes = machine.states.map(({ name, type }) => {
    const lines = linesOf(name);
    const width = Math.max(...lines.map(({ length }) => length)) * LETTER + PAD_X + (type === 'Choice' ? POINTS : 0);
    return { id: name, type, lines, width, height: lines.length * LINE + PAD_Y };
  });
  const { width, height, places, lines } = layOut(machine.start, boxes, machine.ways);
  return (
    <figure class="machine">
      <section class="wide" aria-label="Picture" tabindex={0}>
        <svg
          role="img"
          aria-label={`The state machine. ${inWords(passage)}`}
          viewBox={`0 0 ${width} ${height}`}
          width={width}
          height={height}
        >
          <defs>
            {['tip', 'tip-taken'].map((id) => (
              <marker
                id={id}
                viewBox="0 0 8 8"
                refX="7"
                refY="4"
                markerWidth="8"
                markerHeight="8"
                markerUnits="userSpaceOnUse"
                orient="auto"
              >
                <path d="M0 0L8 4L0 8Z" />
              </marker>
            ))}
          </defs>
          {machine.ways.map(({ from, to, kind }, index) => {
            const was = taken.has(wayOf(from, to));
            return (
              <path
                class={`way${kind === 'FAILS' ? ' fails' : ''}${was ? ' taken' : ''}`}
                d={pathOf(lines[index] ?? [])}
                marker-end={was ? 'url(#tip-taken)' : 'url(#tip)'}
              />
            );
          })}
          {boxes.map(({ id, type, lines: words, width: w, height: h }) => {
            const { x, y } = places.get(id) ?? { x: 0, y: 0 };
            const mark = id === died ? ' died' : id === here ? ' here' : passed.has(id) ? ' passed' : '';
            return (
              <g class={`state ${type.toLowerCase()}${mark}`} transform={`translate(${round(x)} ${round(y)})`}>
                <Outline type={type} width={w} height={h} />
                {words.map((line, index) => (
                  <text y={(index - (words.length - 1) / 2) * LINE}>{line}</text>
                ))}
              </g>
            );
          })}
        </svg>
      </section>
      <figcaption>
        <span class="key passed">passed</span> <span class="key here">now</span> Dashed: only where a task has failed
        for good.
      </figcaption>
    </figure>
  );
};
