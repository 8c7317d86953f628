import type { FC } from 'hono/jsx';
import type { Examined, Waveform as Outline, Place } from '../../clients/ears/examine.ts';
import { clock, seconds, type Voice, voicesOf } from '../../clients/ears/words.ts';
import { timeTicks } from '../charts/ticks.ts';

/** Height of the drawing in its own units; it is stretched to whatever room there is. */
const HEIGHT = 200;
const MIDDLE = HEIGHT / 2;
/** A waveform that is lower than half its room is drawn to fill it. */
const LOW = 0.5;
const FULL = 0.92;
/** Units of the lanes under it, that say where somebody speaks. */
const LANES = { width: 10_000, height: 20 };

/** How many times taller it is drawn than it is. */
function gainOf({ stretches }: Outline): number {
  const peak = stretches.reduce((most, [least, greatest]) => Math.max(most, -least, greatest), 0);
  return peak > 0 && peak < LOW ? FULL / peak : 1;
}

/** Along the greatest samples there, along the least ones back. */
function outlineOf({ stretches }: Outline, gain: number): string {
  const y = (sample: number) => (MIDDLE - sample * gain * MIDDLE).toFixed(1);
  const there = stretches.map(([, greatest], i) => `${i} ${y(greatest)}L${i + 1} ${y(greatest)}`);
  const back = stretches.map(([least], i) => `${i + 1} ${y(least)}L${i} ${y(least)}`).reverse();
  return `M${there.join('L')}L${back.join('L')}Z`;
}

/** What is not among the places, from 0 to `end`. */
export function gapsOf(places: readonly Place[], end: number): Place[] {
  const gaps: Place[] = [];
  let at = 0;
  for (const { from, to } of [...places].sort((a, b) => a.from - b.from)) {
    if (from > at) gaps.push({ from: at, to: from });
    at = Math.max(at, to);
  }
  if (end > at) gaps.push({ from: at, to: end });
  // Less than that is rounding.
  return gaps.filter(({ from, to }) => to - from > 0.05);
}

const totalOf = (places: readonly Place[]) => places.reduce((sum, { from, to }) => sum + to - from, 0);

const Rects: FC<{ places: readonly Place[]; scale: number; y: number; height: number; class?: string }> = ({
  places,
  scale,
  y,
  height,
  class: name,
}) => (
  <>
    {places.map(({ from, to }) => (
      <rect
        {...(name !== undefined && { class: name })}
        x={(from * scale).toFixed(1)}
        y={String(y)}
        width={((to - from) * scale).toFixed(1)}
        height={String(height)}
      />
    ))}
  </>
);

/** Marks along the time; those at the ends stand within. */
const Clock: FC<{ length: number }> = ({ length }) => (
  <svg class="clock" aria-hidden="true">
    {timeTicks(length).map((at) => {
      const share = at / length;
      const anchor = share < 0.03 ? 'start' : share > 0.97 ? 'end' : 'middle';
      return (
        <text x={`${(100 * share).toFixed(2)}%`} y="1.1em" text-anchor={anchor}>
          {clock(at)}
        </text>
      );
    })}
  </svg>
);

const Legend: FC<{ voices: readonly Voice[]; unheard: boolean }> = ({ voices, unheard }) => (
  <ul class="legend">
    {voices.map(({ name, tone, places }) => (
      <li class={`swatch ${tone}`}>{`${name}, ${seconds(totalOf(places))}`}</li>
    ))}
    <li class="swatch rest">no speech</li>
    {unheard && <li class="swatch unheard">not listened to: there was enough</li>}
  </ul>
);

const Table: FC<{ voices: readonly Voice[]; unheard: readonly Place[] }> = ({ voices, unheard }) => {
  const rows = [
    ...voices.flatMap(({ name, places }) => places.map((place) => ({ ...place, what: name }))),
    ...unheard.map((place) => ({ ...place, what: 'not listened to' })),
  ].sort((a, b) => a.from - b.from);
  return (
    <details>
      <summary>The same as a table</summary>
      <table class="small">
        <thead>
          <tr>
            <th scope="col" class="number">
              From
            </th>
            <th scope="col" class="number">
              To
            </th>
            <th scope="col">What is heard</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ from, to, what }) => (
            <tr>
              <td class="number">{seconds(from)}</td>
              <td class="number">{seconds(to)}</td>
              <td>{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
};

/** A recording's waveform, with what counted as speech in colour and on lanes under it; and the same in words. */
export const Waveform: FC<{ examined: Examined }> = ({ examined }) => {
  const { waveform, format, listenedTo } = examined;
  if (waveform === null || format === null) return null;
  const voices = voicesOf(examined);
  const unheard = gapsOf(listenedTo, format.seconds);
  const count = waveform.stretches.length;
  const perSecond = count / waveform.seconds;
  const gain = gainOf(waveform);
  const outline = outlineOf(waveform, gain);
  const drawn = `${((100 * waveform.seconds) / format.seconds).toFixed(2)}%`;
  const lanes = LANES.width / format.seconds;
  const said = voices.map(({ name, places }) => `${name} ${seconds(totalOf(places))}`).join(', ');
  return (
    <figure class="sound">
      <svg class="waveform" role="img" aria-label={`Waveform of ${seconds(format.seconds)}: ${said}.`}>
        <svg
          aria-hidden="true"
          width={drawn}
          height="86%"
          viewBox={`0 0 ${count} ${HEIGHT}`}
          preserveAspectRatio="none"
        >
          {voices.map(({ tone, places }) => (
            <clipPath id={`places-${tone}`}>
              <Rects places={places} scale={perSecond} y={0} height={HEIGHT} />
            </clipPath>
          ))}
          {voices.map(({ tone, places }) => (
            <Rects class={`ground ${tone}`} places={places} scale={perSecond} y={0} height={HEIGHT} />
          ))}
          <path class="trace rest" d={outline} vector-effect="non-scaling-stroke" />
          {voices.map(({ tone }) => (
            <path
              class={`trace ${tone}`}
              clip-path={`url(#places-${tone})`}
              d={outline}
              vector-effect="non-scaling-stroke"
            />
          ))}
          <Rects class="unheard" places={unheard} scale={perSecond} y={0} height={HEIGHT} />
        </svg>
        <svg
          aria-hidden="true"
          y="88%"
          width="100%"
          height="12%"
          viewBox={`0 0 ${LANES.width} ${LANES.height}`}
          preserveAspectRatio="none"
        >
          {voices.map(({ tone, places }, i) => (
            <Rects class={tone} places={places} scale={lanes} y={2 + 10 * i} height={voices.length > 1 ? 7 : 12} />
          ))}
        </svg>
        <line class="playhead" x1="0%" x2="0%" y1="0%" y2="100%" visibility="hidden" />
      </svg>
      <Clock length={format.seconds} />
      {/* The browser alone has the sound: its script puts a player here. */}
      <div data-player />
      <figcaption>
        <Legend voices={voices} unheard={unheard.length > 0} />
        {gain > 1 && <p>{`Drawn ${gain.toFixed(gain < 10 ? 1 : 0)} times as tall as it is.`}</p>}
        {waveform.seconds < format.seconds - 1 && <p>{`Only the first ${clock(waveform.seconds)} are drawn.`}</p>}
        <Table voices={voices} unheard={unheard} />
      </figcaption>
    </figure>
  );
};
