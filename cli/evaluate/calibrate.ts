import { CommandError } from '../../clients/errors.ts';
import type { StrangerPrior } from '../../engine/voiceprint/closeness.ts';
import { cosinesWith } from '../../engine/voiceprint/prints.ts';
import type { Calibration } from '../../engine/voiceprint/score.ts';
import { strangerPairs } from '../../engine/voiceprint/stranger-pairs.ts';
import type { Utterance } from './embed-speakers.ts';
import { similarityAtFalseAcceptRate, similarityAtFalseRejectRate } from './error-rates.ts';
import { cosinesAmong, plainCosine, printsOfSpeakers, similarityInFolder } from './folder-domain.ts';
import { decidedOf, enrolledTrials, pairTrials, type Similarity } from './trials.ts';

/** Share of strangers that the score 90 stands for, and that the score 20 stands for. */
export const FALSE_ACCEPT_RATES = { at90: 0.002, at20: 0.01 } as const;

const FEWEST_SPEAKERS = 10;
const FEWEST_TRIALS = 1000;
/** While no stranger is known, so many of the right voices are turned away, to be on the safe side with the wrong ones. */
const TURNED_AWAY_ALONE = 0.1;
/** Strangers that come as close as this to each other are not told apart by any cosine. */
const NEVER_CLOSER = 1;

/** How the embeddings of different people are to each other: of every recording with every other speaker. */
export function priorOf(utterances: readonly Utterance[]): Omit<StrangerPrior, 'closest'> {
  const prints = printsOfSpeakers(utterances);
  const means: number[] = [];
  const variances: number[] = [];
  for (const { speaker, embedding } of utterances) {
    const cosines = cosinesWith(embedding, prints).filter((_, row) => prints.ids[row] !== String(speaker));
    const mean = average(cosines);
    means.push(mean);
    variances.push(average(cosines.map((value) => (value - mean) ** 2)));
  }
  return { mean: average(means), deviation: Math.sqrt(average(variances)) };
}

/**
 * The calibration that gives the scores 90 and 20 their meaning: on the recordings of a folder, held against each other
 * in a domain of the folder's other speakers.
 * @throws CommandError where there is too little data to state such rates.
 */
export function calibrationOf(utterances: readonly Utterance[]): Calibration {
  const bare = priorOf(utterances);
  const prints = printsOfSpeakers(utterances);
  const decided = (similarity: Similarity) =>
    decidedOf({ pairs: pairTrials(utterances, similarity), enrolled: enrolledTrials(utterances, similarity) });
  const genuine = decided(plainCosine).filter(({ a, b }) => a === b);
  const closeEnough = similarityAtFalseRejectRate(genuine, TURNED_AWAY_ALONE);
  const settled = (closest: number) => {
    const prior = { ...bare, closest };
    const trials = decided(similarityInFolder(prints, prior));
    return { prior, trials, acceptAt: similarityAtFalseAcceptRate(trials, FALSE_ACCEPT_RATES.at90) };
  };
  // What is assumed bounds what is found, too: worked out without the bound first.
  const { prior, trials, acceptAt } = settled(closeEnough - settled(NEVER_CLOSER).acceptAt);
  const speakers = new Set(utterances.map(({ speaker }) => speaker)).size;
  const strangers = trials.filter(({ a, b }) => a !== b).length;
  if (speakers < FEWEST_SPEAKERS || strangers < FEWEST_TRIALS) {
    throw new CommandError(
      `Found ${speakers} speakers and ${strangers} comparisons of different ones, expected at least ${FEWEST_SPEAKERS} and ${FEWEST_TRIALS}: fewer say nothing about rare errors. Add speakers.`,
    );
  }
  const flagAt = similarityAtFalseAcceptRate(trials, FALSE_ACCEPT_RATES.at20);
  if (!(acceptAt > flagAt) || Number.isNaN(closeEnough)) {
    throw new CommandError(
      'The recordings do not tell strangers apart: expected two or more recordings of each speaker, and no folder that is a copy of another.',
    );
  }
  const pairs = strangerPairs(cosinesAmong(prints), prior, NEVER_CLOSER);
  return { acceptAt, flagAt, strangers: spreadOf(pairs.map(({ similarity }) => similarity)), prior };
}

/** Median, and the deviation of the normal distribution that has the same 95th percentile. */
function spreadOf(values: readonly number[]): Calibration['strangers'] {
  const ascending = Float64Array.from(values).sort();
  const at = (share: number) => ascending[Math.round(share * (ascending.length - 1))] ?? Number.NaN;
  return { median: at(0.5), deviation: (at(0.95) - at(0.5)) / 1.645 };
}

const average = (values: ArrayLike<number>) =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
