import { cosine } from './score.ts';

/** Embeddings of people whom nobody enrolls, to tell a close match from one that everybody would make. */
export interface Cohort {
  /** Each of length 1. */
  embeddings: readonly Float32Array[];
  /** How many of the closest count. */
  top: number;
}

/** How alike two embeddings are: a higher number is a closer match. What the numbers mean is the calibration's matter. */
export type Similarity = (a: Float32Array, b: Float32Array) => number;

/**
 * Cosine, normalised by how close each side comes to its nearest strangers (adaptive symmetric normalisation, AS-norm;
 * P. Matějka and others, Interspeech 2017): an embedding close to everybody's has to match better. Plain cosine without
 * a cohort. An embedding's standing in the cohort is worked out once for as long as it is held.
 */
export function similarityWith(cohort: Cohort | undefined): Similarity {
  if (cohort === undefined) return cosine;
  const known = new WeakMap<Float32Array, { mean: number; deviation: number }>();
  const standing = (embedding: Float32Array) => {
    const before = known.get(embedding);
    if (before !== undefined) return before;
    const closest = cohort.embeddings
      .map((other) => cosine(embedding, other))
      .sort((one, other) => other - one)
      .slice(0, cohort.top);
    const mean = closest.reduce((sum, value) => sum + value, 0) / closest.length;
    const variance = closest.reduce((sum, value) => sum + (value - mean) ** 2, 0) / closest.length;
    const now = { mean, deviation: Math.max(1e-3, Math.sqrt(variance)) };
    known.set(embedding, now);
    return now;
  };
  return (a, b) => {
    const value = cosine(a, b);
    const [one, other] = [standing(a), standing(b)];
    return ((value - one.mean) / one.deviation + (value - other.mean) / other.deviation) / 2;
  };
}
