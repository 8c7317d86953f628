import type { VoiceprintPool } from './pool.ts';
import type { Prints } from './prints.ts';

/** Scores in one domain, by one generation of its strangers. */
export interface DomainScores {
  /** Score 0 to 100 of a voice against a claimed voiceprint. */
  authenticate(
    voice: Float32Array,
    claimed: { id: string; embedding: Float32Array },
  ): { score: number; similarity: number; strangers: number };
  /** Highest risk over a whole watchlist. */
  risk(voice: Float32Array, watchlist: Prints): { score: number; closest?: string };
}

/** The model's own scores; the strangers don't count yet. */
export function domainScores(strangers: Prints, pool: Pick<VoiceprintPool, 'score'>): DomainScores {
  return {
    authenticate: (voice, { embedding }) => ({
      score: pool.score(voice, embedding),
      similarity: 0,
      strangers: strangers.ids.length,
    }),
    risk(voice, { ids, dimension, matrix }) {
      let highest: { score: number; closest?: string } = { score: 0 };
      for (const [row, closest] of ids.entries()) {
        const score = pool.score(voice, matrix.subarray(row * dimension, (row + 1) * dimension));
        if (highest.closest === undefined || score > highest.score) highest = { score, closest };
      }
      return highest;
    },
  };
}
