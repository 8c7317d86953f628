import type { StrangerPrior } from './closeness.ts';

/** The scores that decide by default: to authenticate a caller, and to call one a fraudster. */
export const THRESHOLDS = { authentication: 90, fraud: 20 } as const;

/**
 * What similarities mean, measured with the model and stored with it. A similarity is a cosine less how close strangers
 * come (closeness.ts); a logistic curve maps it to a score, so that 90 and 20 stand for stated shares of strangers.
 */
export interface Calibration {
  /** The similarity that scores 90, to authenticate. */
  acceptAt: number;
  /** The similarity that scores 20: the fraud check's, against one voice. */
  flagAt: number;
  /** Similarities among strangers as usual; a domain's own are held against them. */
  strangers: { median: number; deviation: number };
  prior: StrangerPrior;
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

/** Similarity → score, 0 to 100, rounded to whole numbers as Voice ID's scores were. */
export const scoreOf = (similarity: number, calibration: Calibration): number =>
  Math.round(exactScoreOf(similarity, calibration));

/** Similarity → score, 0 to 100, not rounded. */
export function exactScoreOf(similarity: number, { acceptAt, flagAt }: Calibration): number {
  const slope = (logit(THRESHOLDS.authentication) - logit(THRESHOLDS.fraud)) / (acceptAt - flagAt);
  return 100 / (1 + Math.exp(-(slope * (similarity - acceptAt) + logit(THRESHOLDS.authentication))));
}

const logit = (score: number) => Math.log(score / (100 - score));

/**
 * The cosine from which on two voiceprints are taken for one person's, who is no stranger to either: halfway between how
 * close strangers are ever taken to come and what is accepted on that assumption.
 */
export const sameVoiceFrom = ({ prior, acceptAt }: Calibration): number => prior.closest + acceptAt / 2;
