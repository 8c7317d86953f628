import { pooledEmbedding } from '../../engine/voiceprint/score.ts';
import type { Utterance } from './embed-speakers.ts';

/** One comparison. Of the same speaker where both indices are the same. */
export interface Trial {
  a: number;
  b: number;
  similarity: number;
}

/** A voice to compare: an utterance's, or an enrollment's. */
export interface Voice {
  /** Index of its speaker. */
  speaker: number;
  /** Of length 1. */
  embedding: Float32Array;
}

export type Similarity = (one: Voice, other: Voice) => number;

/** More trials than this say nothing more, and cost memory. */
const MOST_TRIALS = 400_000;
/** Net speech of an enrollment, seconds: what Voice ID asked for. */
export const ENROLLMENT_SECONDS = 30;

/** Every pair of single utterances; of very many, every n-th pair of different speakers. */
export function pairTrials(utterances: readonly Utterance[], similarity: Similarity): Trial[] {
  const stride = Math.max(1, Math.ceil((utterances.length * (utterances.length - 1)) / 2 / MOST_TRIALS));
  const trials: Trial[] = [];
  let different = 0;
  for (const [i, one] of utterances.entries()) {
    for (const other of utterances.slice(i + 1)) {
      if (one.speaker !== other.speaker && different++ % stride !== 0) continue;
      trials.push({
        a: one.speaker,
        b: other.speaker,
        similarity: similarity(one, other),
      });
    }
  }
  return trials;
}

/**
 * Enrollments of at least so many seconds of net speech, each starting at another of the speaker's utterances and going round,
 * against single utterances: the speaker's remaining ones, and everyone else's.
 */
export function enrolledTrials(
  utterances: readonly Utterance[],
  similarity: Similarity,
  enrollmentSeconds: number = ENROLLMENT_SECONDS,
): Trial[] {
  const bySpeaker = Map.groupBy(utterances, ({ speaker }) => speaker);
  const enrollments: { speaker: number; embedding: Float32Array; used: Set<Utterance> }[] = [];
  for (const [speaker, own] of bySpeaker) {
    for (let first = 0; first < own.length; first++) {
      const used = new Set<Utterance>();
      let seconds = 0;
      for (const utterance of [...own.slice(first), ...own.slice(0, first)]) {
        used.add(utterance);
        seconds += utterance.netSpeechSeconds;
        if (seconds >= enrollmentSeconds) break;
      }
      if (seconds < enrollmentSeconds || used.size === own.length) continue;
      enrollments.push({ speaker, used, embedding: pooledEmbedding([...used]) });
    }
  }
  const stride = Math.max(1, Math.ceil((enrollments.length * utterances.length) / MOST_TRIALS));
  const trials: Trial[] = [];
  let different = 0;
  for (const enrollment of enrollments) {
    const { speaker, used } = enrollment;
    for (const utterance of utterances) {
      if (used.has(utterance)) continue;
      if (utterance.speaker !== speaker && different++ % stride !== 0) continue;
      trials.push({ a: speaker, b: utterance.speaker, similarity: similarity(enrollment, utterance) });
    }
  }
  return trials;
}

/** What is decided on: enrollments against single utterances where there are such, else pairs. */
export const decidedOf = ({ pairs, enrolled }: { pairs: Trial[]; enrolled: Trial[] }): Trial[] =>
  enrolled.some(({ a, b }) => a === b) ? enrolled : pairs;
