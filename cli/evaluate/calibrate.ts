import { type Calibration, calibrate } from '../../engine/voiceprint/score.ts';
import { CommandError } from '../errors.ts';
import { similarityAtFalseAcceptRate, similarityAtFalseRejectRate } from './error-rates.ts';
import type { Trial } from './trials.ts';

/** False accepts among strangers that the score 90 stands for, and those that the score 20 stands for. */
export const FALSE_ACCEPT_RATES = { at90: 0.005, at20: 0.02 } as const;
/** Honest pairs of recordings that may be taken for different people's. */
export const REFUSAL_RATE = 0.005;

const FEWEST_SPEAKERS = 10;
const FEWEST_TRIALS = 1000;

/**
 * The calibration that gives the scores 90 and 20 their meaning on these trials.
 * @param trials what is decided on: enrollments against utterances, or pairs.
 * @param long pairs of recordings that are long enough to contradict each other.
 * @throws CommandError where there is too little data to state such rates.
 */
export function calibrationOf(trials: readonly Trial[], long: readonly Trial[]): Calibration {
  const speakers = new Set(trials.flatMap(({ a, b }) => [a, b])).size;
  const strangers = trials.filter(({ a, b }) => a !== b).length;
  if (speakers < FEWEST_SPEAKERS || strangers < FEWEST_TRIALS) {
    throw new CommandError(
      `Found ${speakers} speakers and ${strangers} comparisons of different ones, expected at least ${FEWEST_SPEAKERS} and ${FEWEST_TRIALS}: fewer say nothing about rare errors. Add speakers.`,
    );
  }
  const at90 = similarityAtFalseAcceptRate(trials, FALSE_ACCEPT_RATES.at90);
  const at20 = similarityAtFalseAcceptRate(trials, FALSE_ACCEPT_RATES.at20);
  if (!(at90 > at20)) {
    throw new CommandError('The recordings are too much alike to tell strangers apart: are folders copies of others?');
  }
  return calibrate(at90, at20, similarityAtFalseRejectRate(long, REFUSAL_RATE));
}
