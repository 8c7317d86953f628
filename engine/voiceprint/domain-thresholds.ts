import { type Calibration, exactScoreOf, scoreOf, THRESHOLDS } from './score.ts';
import type { StrangerPair } from './stranger-pairs.ts';

export interface ShareOfStrangers {
  score: number;
  /** Of comparisons among strangers, those that reach the score; null without any. */
  rate: number | null;
  confidence95: [low: number, high: number] | null;
}

/** What the scores mean among the enrolled of a domain, who are different people. Holds no id and no print. */
export interface DomainThresholds {
  /** People that it rests on, and comparisons of two of them. */
  speakers: number;
  comparisons: number;
  /** Pairs left out, so alike that they are taken for one person enrolled twice. */
  sameVoicePairs: number;
  /** Whether they are enough for rates to mean something. */
  enough: boolean;
  atAuthentication: ShareOfStrangers;
  atFraud: ShareOfStrangers;
  /** The score that this share of strangers would reach; null where the comparisons are too few to say. */
  scoreFor: { falseAccepts: number; score: number | null }[];
  /** How many comparisons score 0 to 100, one number a score. */
  histogram: number[];
  /** Of the share of strangers that reach each score, 0 to 100; null without any comparison. */
  confidence95: [low: number, high: number][] | null;
  /** Taken off every similarity here, so that 90 stays what it says. */
  offset: number;
}

/** With fewer people, one pair of them decides what a rate is. */
const ENOUGH_SPEAKERS = 30;
const WANTED = [0.001, 0.005, 0.01];
/** Strangers that must reach a score before it is quoted. */
const FEWEST_ABOVE = 3;
/** How far the offset follows the domain, in similarity: strangers who come closer than usual raise it readily. */
const OFFSET_BOUNDS = { low: -0.03, high: 0.15 };
/** The domain's own people and what is usual count alike with so many of them. */
const HALF_TRUSTED = 20;
/** Of a normal distribution, how far its 95th percentile is above its median, in standard deviations. */
const NINETY_FIFTH = 1.645;

/** @param speakers rows of the sample. */
export function domainThresholds(
  pairs: readonly StrangerPair[],
  speakers: number,
  calibration: Calibration,
): DomainThresholds {
  const strangers = pairs.filter(({ sameVoice }) => !sameVoice);
  const similarities = Float64Array.from(strangers, ({ similarity }) => similarity).sort();
  const offset = offsetOf(similarities, speakers, calibration);
  const histogram = new Array<number>(101).fill(0);
  const scored = strangers.map(({ a, b, similarity }) => {
    const score = scoreOf(similarity - offset, calibration);
    histogram[score] = (histogram[score] ?? 0) + 1;
    return { a, b, score };
  });
  const reaching = (score: number): ShareOfStrangers => {
    if (scored.length === 0) return { score, rate: null, confidence95: null };
    const wrong = scored.filter((pair) => pair.score >= score);
    const rate = wrong.length / scored.length;
    return { score, rate, confidence95: confidenceOf(rate, wrong, speakers) };
  };
  const bounds = histogram.flatMap((_, score) => {
    const { confidence95 } = reaching(score);
    return confidence95 === null ? [] : [confidence95];
  });
  return {
    speakers,
    comparisons: strangers.length,
    sameVoicePairs: pairs.length - strangers.length,
    enough: speakers >= ENOUGH_SPEAKERS,
    atAuthentication: reaching(THRESHOLDS.authentication),
    atFraud: reaching(THRESHOLDS.fraud),
    scoreFor: WANTED.map((falseAccepts) => ({
      falseAccepts,
      score:
        falseAccepts * similarities.length < FEWEST_ABOVE
          ? null
          : exactScoreOf(quantile(similarities, 1 - falseAccepts) - offset, calibration),
    })),
    histogram,
    confidence95: bounds.length === 0 ? null : bounds,
    offset,
  };
}

/**
 * How much closer strangers come here than usual, where a normal distribution through their median and 95th percentile
 * has the share that 90 stands for. A few pairs of one person, or of twins, do not move it.
 */
function offsetOf(ascending: Float64Array, speakers: number, { acceptAt, strangers }: Calibration): number {
  if (ascending.length === 0) return 0;
  const median = quantile(ascending, 0.5);
  const deviation = (quantile(ascending, 0.95) - median) / NINETY_FIFTH;
  const deviations = (acceptAt - strangers.median) / strangers.deviation;
  const here = median + deviations * deviation;
  const trusted = (speakers / (speakers + HALF_TRUSTED)) * (here - acceptAt);
  return Math.min(OFFSET_BOUNDS.high, Math.max(OFFSET_BOUNDS.low, trusted));
}

function quantile(ascending: Float64Array, share: number): number {
  const at = share * (ascending.length - 1);
  const low = ascending[Math.floor(at)] ?? 0;
  return low + (at - Math.floor(at)) * ((ascending[Math.ceil(at)] ?? low) - low);
}

/**
 * Bounds of a rate among pairs of n people, 95 %. Pairs that share a person are not independent: its variance is taken
 * over people (each one's share of the wrong pairs), not over pairs; where none is wrong, the upper bound is 3 / n.
 */
function confidenceOf(
  rate: number,
  wrong: readonly { a: number; b: number }[],
  speakers: number,
): [low: number, high: number] {
  if (wrong.length === 0) return [0, Math.min(1, 3 / speakers)];
  const each = new Float64Array(speakers);
  for (const { a, b } of wrong) {
    each[a] = (each[a] ?? 0) + 1;
    each[b] = (each[b] ?? 0) + 1;
  }
  const mean = each.reduce((sum, value) => sum + value, 0) / speakers;
  const variance = each.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, speakers - 1);
  // The mean over people of their shares is the rate; a pair counts for two of them, hence the 2.
  const error = (2 * rate * Math.sqrt(variance / speakers)) / mean;
  return [Math.max(0, rate - 1.96 * error), Math.min(1, Math.max(rate + 1.96 * error, 3 / speakers))];
}
