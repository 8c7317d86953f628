import type { Examined, Place } from '../../clients/ears/examine.ts';
import { clock, voicesOf } from '../../clients/ears/words.ts';

const COLUMNS = 72;
const BARS = '▁▂▃▄▅▆▇█';

const within = (places: readonly Place[], at: number) => places.some(({ from, to }) => at >= from && at < to);

/** A recording's waveform in three lines: how loud, who speaks (`A`, and `B` for a second voice), and when. */
export function picture(examined: Examined): string | undefined {
  const { waveform, format, listenedTo } = examined;
  if (waveform === null || format === null) return undefined;
  const { stretches } = waveform;
  const columns = Math.min(COLUMNS, stretches.length);
  const loudness = Array.from({ length: columns }, (_, column) =>
    stretches
      .slice(Math.floor((column * stretches.length) / columns), Math.floor(((column + 1) * stretches.length) / columns))
      .reduce((most, [least, greatest]) => Math.max(most, -least, greatest), 0),
  );
  const peak = Math.max(...loudness);
  const bars = loudness.map((loud) => BARS[Math.min(7, Math.floor((8 * loud) / (peak || 1)))] ?? ' ');
  const voices = voicesOf(examined);
  const who = loudness.map((_, column) => {
    const at = ((column + 0.5) * waveform.seconds) / columns;
    const voice = voices.findIndex(({ places }) => within(places, at));
    return voice >= 0 ? ('AB'[voice] ?? '') : within(listenedTo, at) ? '·' : ' ';
  });
  const end = clock(waveform.seconds);
  return [bars.join(''), who.join(''), `0:00${end.padStart(columns - 4)}`].join('\n');
}
