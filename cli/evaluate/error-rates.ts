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
  const weigh = (trial: Trial) => (weights === undefined ? 1 : weight(trial, weights));
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
 * Bounds of a statistic with 95% confidence: a bootstrap over speakers (not over trials: those of one speaker are alike,
 * so resampling them would promise too much). Deterministic.
 * @param statistic of the trials, each speaker counting as often as its weight says.
 */
function bounds(
  value: number,
  trials: number,
  speakers: number,
  statistic: (weights: readonly number[]) => number,
): [low: number, high: number] {
  const random = generator(1);
  const rounds = Math.max(50, Math.min(ROUNDS, Math.round(4e7 / trials)));
  const values: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const weights = new Array<number>(speakers).fill(0);
    for (let i = 0; i < speakers; i++) {
      const drawn = Math.floor(random() * speakers);
      weights[drawn] = (weights[drawn] ?? 0) + 1;
    }
    const drawn = statistic(weights);
    if (Number.isFinite(drawn)) values.push(drawn);
  }
  values.sort((one, other) => one - other);
  const at = (share: number) => values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? value;
  return [Math.min(value, at(0.025)), Math.max(value, at(0.975))];
}

export function errorRate(trials: readonly Trial[], speakers: number): ErrorRate {
  const sorted = ascending(trials);
  const sameSpeakerTrials = sorted.filter(({ a, b }) => a === b).length;
  const counts = { sameSpeakerTrials, differentSpeakersTrials: sorted.length - sameSpeakerTrials };
  if (sameSpeakerTrials === 0 || counts.differentSpeakersTrials === 0) {
    return { equalErrorRate: null, confidence95: null, threshold: null, ...counts };
  }
  const { rate, similarity } = equalErrorPoint(operatingPoints(sorted));
  const confidence95 = bounds(
    rate,
    sorted.length,
    speakers,
    (weights) => equalErrorPoint(operatingPoints(sorted, weights)).rate,
  );
  return { equalErrorRate: rate, confidence95, threshold: similarity, ...counts };
}

/** Weight of a trial among resampled speakers. */
function weight({ a, b }: Trial, weights: readonly number[]): number {
  return a === b ? (weights[a] ?? 0) : (weights[a] ?? 0) * (weights[b] ?? 0);
}

export interface Rate {
  rate: number;
  confidence95: [low: number, high: number];
}

/** Share of the trials, all of one kind, for which `wrong` holds; null where there are none. */
function share(trials: readonly Trial[], speakers: number, wrong: (trial: Trial) => boolean): Rate | null {
  if (trials.length === 0) return null;
  const rate = trials.filter(wrong).length / trials.length;
  const weighed = (weights: readonly number[]) => {
    let all = 0;
    let some = 0;
    for (const trial of trials) {
      const counted = weight(trial, weights);
      all += counted;
      if (wrong(trial)) some += counted;
    }
    return some / all;
  };
  return { rate, confidence95: bounds(rate, trials.length, speakers, weighed) };
}

/** False accepts and false rejects where a similarity from `threshold` up is accepted, fractions of 1. */
export function ratesAt(trials: readonly Trial[], threshold: number, speakers: number) {
  return {
    falseAccepts: share(
      trials.filter(({ a, b }) => a !== b),
      speakers,
      ({ similarity }) => similarity >= threshold,
    ),
    falseRejects: share(
      trials.filter(({ a, b }) => a === b),
      speakers,
      ({ similarity }) => similarity < threshold,
    ),
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
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
