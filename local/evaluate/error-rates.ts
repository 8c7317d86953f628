import type { Trial } from './trials.ts';

export interface ErrorRate {
  /** Fraction of 1; undefined where there is nothing to compare. */
  equalErrorRate: number | null;
  /** Bounds that hold the equal error rate of other speakers like these with 95% confidence. */
  confidence95: [low: number, high: number] | null;
  /** Similarity at which both errors are equally frequent. */
  threshold: number | null;
  sameSpeakerTrials: number;
  differentSpeakersTrials: number;
}

/** One point of the trade-off: accepting from this similarity up. */
export interface OperatingPoint {
  similarity: number;
  falseAcceptRate: number;
  falseRejectRate: number;
}

/**
 * The trade-off at every similarity that occurs, lowest first.
 * @param weights how often each speaker counts; undefined: once.
 */
export function operatingPoints(ascending: readonly Trial[], weights?: readonly number[]): OperatingPoint[] {
  const weigh = ({ a, b }: Trial) =>
    weights === undefined ? 1 : a === b ? (weights[a] ?? 0) : (weights[a] ?? 0) * (weights[b] ?? 0);
  let same = 0;
  let different = 0;
  for (const trial of ascending) {
    if (trial.a === trial.b) same += weigh(trial);
    else different += weigh(trial);
  }
  const points: OperatingPoint[] = [];
  let rejected = 0;
  let accepted = different;
  for (const [i, trial] of ascending.entries()) {
    if (i === 0 || trial.similarity !== ascending[i - 1]?.similarity) {
      points.push({
        similarity: trial.similarity,
        falseAcceptRate: accepted / different,
        falseRejectRate: rejected / same,
      });
    }
    if (trial.a === trial.b) rejected += weigh(trial);
    else accepted -= weigh(trial);
  }
  points.push({ similarity: Number.POSITIVE_INFINITY, falseAcceptRate: 0, falseRejectRate: 1 });
  return points;
}

/** Where the two errors meet: halfway between them at the point where they are closest. */
export function equalErrorPoint(points: readonly OperatingPoint[]): { rate: number; similarity: number } {
  let best = { rate: Number.NaN, similarity: Number.NaN };
  let closest = Number.POSITIVE_INFINITY;
  for (const { similarity, falseAcceptRate, falseRejectRate } of points) {
    const apart = Math.abs(falseAcceptRate - falseRejectRate);
    if (apart < closest) {
      closest = apart;
      best = { rate: (falseAcceptRate + falseRejectRate) / 2, similarity };
    }
  }
  return best;
}

export const ascending = (trials: readonly Trial[]): Trial[] =>
  [...trials].sort((one, other) => one.similarity - other.similarity);

const ROUNDS = 400;

/**
 * The equal error rate, and a bootstrap over speakers (not over trials: those of one speaker are alike, so resampling
 * them would promise too much). Deterministic.
 */
export function errorRate(trials: readonly Trial[], speakers: number): ErrorRate {
  const sorted = ascending(trials);
  const sameSpeakerTrials = sorted.filter(({ a, b }) => a === b).length;
  const counts = { sameSpeakerTrials, differentSpeakersTrials: sorted.length - sameSpeakerTrials };
  if (sameSpeakerTrials === 0 || counts.differentSpeakersTrials === 0) {
    return { equalErrorRate: null, confidence95: null, threshold: null, ...counts };
  }
  const { rate, similarity } = equalErrorPoint(operatingPoints(sorted));
  const random = generator(1);
  const rounds = Math.max(50, Math.min(ROUNDS, Math.round(2e7 / sorted.length)));
  const rates: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const weights = new Array<number>(speakers).fill(0);
    for (let i = 0; i < speakers; i++) {
      const drawn = Math.floor(random() * speakers);
      weights[drawn] = (weights[drawn] ?? 0) + 1;
    }
    const { rate } = equalErrorPoint(operatingPoints(sorted, weights));
    if (Number.isFinite(rate)) rates.push(rate);
  }
  rates.sort((one, other) => one - other);
  const at = (share: number) => rates[Math.min(rates.length - 1, Math.floor(share * rates.length))] ?? rate;
  return {
    equalErrorRate: rate,
    confidence95: [Math.min(rate, at(0.025)), Math.max(rate, at(0.975))],
    threshold: similarity,
    ...counts,
  };
}

/** False accepts and false rejects at one similarity, fractions of 1. */
export function ratesAt(trials: readonly Trial[], similarity: number) {
  let same = 0;
  let different = 0;
  let rejected = 0;
  let accepted = 0;
  for (const trial of trials) {
    if (trial.a === trial.b) {
      same++;
      if (trial.similarity < similarity) rejected++;
    } else {
      different++;
      if (trial.similarity >= similarity) accepted++;
    }
  }
  return {
    falseAcceptRate: different === 0 ? null : accepted / different,
    falseRejectRate: same === 0 ? null : rejected / same,
  };
}

/** The lowest similarity that accepts at most this share of other speakers. */
export function similarityAtFalseAcceptRate(trials: readonly Trial[], share: number): number {
  const different = ascending(trials.filter(({ a, b }) => a !== b));
  const at = Math.min(different.length - 1, Math.ceil((1 - share) * different.length));
  const found = different[at];
  return found === undefined ? Number.NaN : found.similarity + 1e-6;
}

/** The highest similarity that rejects at most this share of same-speaker trials. */
export function similarityAtFalseRejectRate(trials: readonly Trial[], share: number): number {
  const same = ascending(trials.filter(({ a, b }) => a === b));
  return same[Math.floor(share * same.length)]?.similarity ?? Number.NaN;
}

/** mulberry32 (T. Ettinger): uniform in [0, 1), the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
