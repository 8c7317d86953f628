import { UncalibratedModelError } from './errors.ts';

/**
 * The mapping from similarity to score: a logistic curve, so that 90 and 20, the default thresholds, stand for the false
 * accept rates that the model card states. Stored with the model that it was measured on.
 */
export interface Calibration {
  /** Score = 100 / (1 + exp(-(slope · similarity + offset))). */
  slope: number;
  offset: number;
  /** Below this similarity, two recordings of one request are taken for different people. */
  sameSpeakerSimilarity: number;
}

/** Dot product of two embeddings of length 1: their cosine, -1 to 1. */
export function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length)
    throw new RangeError(`Embeddings of ${a.length} and ${b.length} numbers can't be compared.`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** The vector with length 1; a vector of zeros stays one. */
export function normalized(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? vector : vector.map((value) => value / length);
}

/** Mean of several recordings' embeddings, weighted by their speech, of length 1. */
export function pooledEmbedding(parts: readonly { embedding: Float32Array; netSpeechSeconds: number }[]): Float32Array {
  const sum = new Float32Array(parts[0]?.embedding.length ?? 0);
  for (const { embedding, netSpeechSeconds } of parts) {
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (embedding[i] ?? 0) * netSpeechSeconds;
  }
  return normalized(sum);
}

/**
 * Similarity → score, 0 to 100, rounded to whole numbers as Voice ID's scores were.
 * @throws UncalibratedModelError where there is no calibration.
 */
export function scoreOf(similarity: number, calibration: Calibration | undefined): number {
  if (calibration === undefined) {
    throw new UncalibratedModelError(
      'The installed speaker model has no calibration, so its scores mean nothing yet: run `npm run evaluate -- DIR --calibrate` on recordings of your own.',
    );
  }
  return Math.round(100 / (1 + Math.exp(-(calibration.slope * similarity + calibration.offset))));
}

/** The calibration that gives the score 90 at one similarity and 20 at another, lower one. */
export function calibrate(at90: number, at20: number, sameSpeakerSimilarity: number): Calibration {
  const logit = (score: number) => Math.log(score / (100 - score));
  const slope = (logit(90) - logit(20)) / (at90 - at20);
  return { slope, offset: logit(90) - slope * at90, sameSpeakerSimilarity };
}
