import { cosine, pooledEmbedding } from '../voiceprint/score.ts';
import type { Line, Stretch } from './line.ts';

/** The speech that a verdict is of. */
export interface Window {
  /** Whose voice it is: [dimension], of length 1; undefined where it is too little to say. */
  voice?: Float32Array | undefined;
  /** Epoch milliseconds. */
  startedAt: number;
  endedAt: number;
}

/**
 * Two parts of one call whose voices are less alike than this, as a cosine, are two people's: on telephone lines one
 * person's were above it in 99 of 100 windows, two people's below it in 94. docs/decisions/0010.
 */
const OTHER_VOICE = 0.42;

/** Whether two voices in one call, of a stretch or more each, may be one person's. */
export const sameVoice = (one: Float32Array, other: Float32Array): boolean => cosine(one, other) >= OTHER_VOICE;

const secondsOf = (stretches: readonly Stretch[]) =>
  stretches.reduce((sum, { netSpeechSeconds }) => sum + netSpeechSeconds, 0);

/** The newest stretches that hold so much speech together; all, where they don't. */
function newest(stretches: readonly Stretch[], seconds: number): Stretch[] {
  let from = stretches.length;
  while (from > 0 && secondsOf(stretches.slice(from)) < seconds) from--;
  return stretches.slice(from);
}

/**
 * The most recent `netSpeechSeconds` of speech, of the voice that speaks now alone: where the latest of it is another
 * voice than what came before, the window begins with the new voice, and is too short at first.
 * @param alike whether two embeddings, of a stretch or more each, may be one person's.
 * @returns undefined where nobody has said enough to be judged at all.
 */
export function latestWindow(
  { stretches }: Pick<Line, 'stretches'>,
  netSpeechSeconds: number,
  alike: (one: Float32Array, other: Float32Array) => boolean,
): Window | undefined {
  let window = newest(stretches, netSpeechSeconds);
  for (let border = window.length - 1; border > 0; border--) {
    const [older, newer] = [window.slice(0, border), window.slice(border)];
    if (alike(pooledEmbedding(older), pooledEmbedding(newer))) continue;
    window = newer;
    break;
  }
  const [first, last] = [window[0], window.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const enough = secondsOf(window) >= netSpeechSeconds;
  return {
    ...(enough && { voice: pooledEmbedding(window) }),
    startedAt: first.startedAt,
    endedAt: last.endedAt,
  };
}
