import { cosine, pooledEmbedding } from '../voiceprint/score.ts';
import type { Line, Stretch } from './line.ts';

/** The speech that a verdict is of. */
export interface Window {
  /** Whose voice it is: [dimension], of length 1; undefined where it is too little to say. */
  voice?: Float32Array | undefined;
  /** The same of its newer half, at least: of a voice that has taken over it holds more. There where `voice` is. */
  newerHalf?: Float32Array | undefined;
  /** Epoch milliseconds. */
  startedAt: number;
  endedAt: number;
}

/**
 * The model's limit is for halves of a long recording; a window's few seconds are less alike, as a cosine. On the speech that
 * the model's limits are set on, less this it takes 4% of one person's moments for two people's, and misses 2% of two people's
 * (docs/model.md).
 */
const SHORT_SPEECH = 0.12;

const secondsOf = (stretches: readonly Stretch[]) =>
  stretches.reduce((sum, { netSpeechSeconds }) => sum + netSpeechSeconds, 0);

/** The newest stretches that hold so much speech together; all, where they don't. */
function newest(stretches: readonly Stretch[], seconds: number): Stretch[] {
  let from = stretches.length;
  while (from > 0 && secondsOf(stretches.slice(from)) < seconds) from--;
  return stretches.slice(from);
}

/** Where the voices before and after it are least alike, and their cosine; undefined in a single stretch. */
function deepestBorder(stretches: readonly Stretch[]): { at: number; cosine: number } | undefined {
  let deepest: { at: number; cosine: number } | undefined;
  for (let at = 1; at < stretches.length; at++) {
    const value = cosine(pooledEmbedding(stretches.slice(0, at)), pooledEmbedding(stretches.slice(at)));
    if (deepest === undefined || value < deepest.cosine) deepest = { at, cosine: value };
  }
  return deepest;
}

/**
 * The most recent `netSpeechSeconds` of speech, of the voice that speaks now alone: where it becomes another voice on the
 * way, the window begins with the new one, and is too short at first.
 * @param limit cosine below which two voices in one recording are two people's, of the model; without it nobody looks
 *   for a second voice.
 * @returns undefined where nobody has said enough to be judged at all.
 */
export function latestWindow(
  { stretches }: Pick<Line, 'stretches'>,
  netSpeechSeconds: number,
  limit: number | undefined,
): Window | undefined {
  let window = newest(stretches, netSpeechSeconds);
  for (;;) {
    const border = deepestBorder(window);
    if (limit === undefined || border === undefined || border.cosine >= limit - SHORT_SPEECH) break;
    window = window.slice(border.at);
  }
  const [first, last] = [window[0], window.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const enough = secondsOf(window) >= netSpeechSeconds;
  return {
    ...(enough && {
      voice: pooledEmbedding(window),
      newerHalf: pooledEmbedding(newest(window, netSpeechSeconds / 2)),
    }),
    startedAt: first.startedAt,
    endedAt: last.endedAt,
  };
}
