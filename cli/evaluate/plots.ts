import { type Calibration, scoreOf } from '../../engine/voiceprint/score.ts';
import { ascending, type OperatingPoint, operatingPoints } from './error-rates.ts';
import type { Trial } from './trials.ts';

const WIDTH = 640;
const HEIGHT = 440;
const LEFT = 64;
const BOTTOM = 52;
const TOP = 40;
const RIGHT = 20;
const COLOURS = ['#0b6e99', '#c2410c', '#4d7c0f'];

interface Axis {
  label: string;
  ticks: readonly { at: number; text: string }[];
  /** Of the range, 0 to 1. */
  place: (value: number) => number;
}

interface Curve {
  label: string;
  points: readonly (readonly [x: number, y: number])[];
}

const round = (value: number) => Number(value.toFixed(1));

/** Curves over two axes as a self-contained SVG. */
function plot(title: string, x: Axis, y: Axis, curves: readonly Curve[], marks = ''): string {
  const px = (value: number) => round(LEFT + x.place(value) * (WIDTH - LEFT - RIGHT));
  const py = (value: number) => round(HEIGHT - BOTTOM - y.place(value) * (HEIGHT - BOTTOM - TOP));
  const parts = [
    ...x.ticks.map(
      ({ at, text }) =>
        `<path class="grid" d="M${px(at)} ${TOP}V${HEIGHT - BOTTOM}"/><text x="${px(at)}" y="${HEIGHT - BOTTOM + 17}" text-anchor="middle">${text}</text>`,
    ),
    ...y.ticks.map(
      ({ at, text }) =>
        `<path class="grid" d="M${LEFT} ${py(at)}H${WIDTH - RIGHT}"/><text x="${LEFT - 7}" y="${py(at) + 4}" text-anchor="end">${text}</text>`,
    ),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 12}" text-anchor="middle">${x.label}</text>`,
    `<text transform="translate(16 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${y.label}</text>`,
    `<text x="${LEFT}" y="24" font-weight="600">${title}</text>`,
    ...curves.map(
      ({ points }, i) =>
        `<path fill="none" stroke="${COLOURS[i % COLOURS.length]}" stroke-width="2" d="${points.map(([a, b], j) => `${j === 0 ? 'M' : 'L'}${px(a)} ${py(b)}`).join('')}"/>`,
    ),
    ...curves.map(
      ({ label }, i) =>
        `<text x="${WIDTH - RIGHT - 8}" y="${TOP + 20 + 18 * i}" text-anchor="end" style="fill:${COLOURS[i % COLOURS.length]};stroke:#fff;stroke-width:5px;paint-order:stroke">${label}</text>`,
    ),
    marks.replace(/x=([-\d.]+)/g, (_, value) => `M${px(Number(value))} ${TOP}V${HEIGHT - BOTTOM}`),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${title}">
<style>text{font:13px system-ui,sans-serif;fill:#333}.grid{stroke:#ddd}.mark{stroke:#888;stroke-dasharray:4 4}</style>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
${parts.join('\n')}
</svg>
`;
}

/** Quantile of the normal distribution (P. Acklam's rational approximation of its middle and tails). */
export function probit(p: number): number {
  const clamped = Math.min(0.9999, Math.max(0.0001, p));
  const q = clamped - 0.5;
  if (Math.abs(q) <= 0.47575) {
    const r = q * q;
    return (
      ((((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r -
        30.66479806614716) *
        r +
        2.506628277459239) *
        q) /
      (((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r -
        13.28068155288572) *
        r +
        1)
    );
  }
  const tail = Math.sqrt(-2 * Math.log(Math.min(clamped, 1 - clamped)));
  const value =
    (((((-0.007784894002430293 * tail - 0.3223964580411365) * tail - 2.400758277161838) * tail - 2.549732539343734) *
      tail +
      4.374664141464968) *
      tail +
      2.938163982698783) /
    ((((0.007784695709041462 * tail + 0.3224671290700398) * tail + 2.445134137142996) * tail + 3.754408661907416) *
      tail +
      1);
  return q < 0 ? value : -value;
}

const percentTicks = [0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4].map((at) => ({ at, text: `${at * 100}` }));
const lowest = probit(0.001);
const highest = probit(0.5);
const probitPlace = (value: number) => Math.max(0, Math.min(1, (probit(value) - lowest) / (highest - lowest)));

/** Detection error trade-off: misses over false accepts, both on normal-deviate axes. */
export function detPlot(trials: { pairs: readonly Trial[]; enrolled: readonly Trial[] }): string {
  const line = (points: readonly OperatingPoint[]) =>
    points
      .filter(({ falseAcceptRate, falseRejectRate }) => falseAcceptRate < 0.5 && falseRejectRate < 0.5)
      .map(({ falseAcceptRate, falseRejectRate }) => [falseAcceptRate, falseRejectRate] as const);
  const curves = [
    { label: 'single utterances', trials: trials.pairs },
    { label: '30 s enrolled', trials: trials.enrolled },
  ].filter(({ trials }) => trials.some(({ a, b }) => a === b));
  return plot(
    'Detection error trade-off',
    { label: 'false accepts, %', ticks: percentTicks, place: probitPlace },
    { label: 'false rejects, %', ticks: percentTicks, place: probitPlace },
    curves.map(({ label, trials }) => ({ label, points: thinned(line(operatingPoints(ascending(trials)))) })),
  );
}

/** Every point where there are few, a thousand where there are many. */
function thinned<T>(points: readonly T[]): T[] {
  const stride = Math.max(1, Math.floor(points.length / 1000));
  return points.filter((_, i) => i % stride === 0);
}

const BINS = 60;

/** How similarities are spread, of the same speaker and of different ones. */
export function distributionPlot(trials: readonly Trial[], calibration: Calibration | undefined): string {
  const values = trials.map(({ similarity }) => similarity);
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const width = (high - low) / BINS || 1;
  const density = (same: boolean) => {
    const counts = new Array<number>(BINS).fill(0);
    const chosen = trials.filter(({ a, b }) => (a === b) === same);
    for (const { similarity } of chosen) {
      const bin = Math.min(BINS - 1, Math.floor((similarity - low) / width));
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    return counts.map((count, i) => [low + (i + 0.5) * width, count / Math.max(1, chosen.length)] as const);
  };
  const curves = [
    { label: 'same speaker', points: density(true) },
    { label: 'different speakers', points: density(false) },
  ];
  const top = Math.max(...curves.flatMap(({ points }) => points.map(([, y]) => y)));
  const marks =
    calibration === undefined
      ? ''
      : [calibration.acceptAt, calibration.flagAt]
          .filter((value) => value > low && value < high)
          .map((value) => `<path class="mark" d="x=${value}"/>`)
          .join('');
  return plot(
    'Similarities, and where the scores 20 and 90 lie',
    {
      label: 'similarity',
      ticks: [0, 0.25, 0.5, 0.75, 1].map((at) => ({
        at: low + at * (high - low),
        text: (low + at * (high - low)).toFixed(2),
      })),
      place: (value) => (value - low) / (high - low || 1),
    },
    {
      label: 'share of trials, %',
      ticks: [0, 0.5, 1].map((at) => ({ at: at * top, text: (at * top * 100).toFixed(0) })),
      place: (value) => value / top,
    },
    curves,
    marks,
  );
}

/** False accepts and false rejects over the score. */
export function calibrationPlot(trials: readonly Trial[], calibration: Calibration): string {
  const scored = trials.map((trial) => ({ ...trial, similarity: scoreOf(trial.similarity, calibration) }));
  const points = operatingPoints(ascending(scored)).filter(({ similarity }) => Number.isFinite(similarity));
  const ticks = [0, 20, 40, 60, 80, 90, 100].map((at) => ({ at, text: String(at) }));
  return plot(
    'What a score means',
    { label: 'score', ticks, place: (value) => value / 100 },
    {
      label: 'wrong, %',
      ticks: [0, 0.05, 0.1, 0.15, 0.2, 0.25].map((at) => ({ at, text: (at * 100).toFixed(0) })),
      place: (value) => Math.min(1, value / 0.25),
    },
    [
      { label: 'false accepts', points: points.map((point) => [point.similarity, point.falseAcceptRate] as const) },
      { label: 'false rejects', points: points.map((point) => [point.similarity, point.falseRejectRate] as const) },
    ],
    '<path class="mark" d="x=20"/><path class="mark" d="x=90"/>',
  );
}
