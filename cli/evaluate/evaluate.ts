import { domainThresholds } from '../../engine/voiceprint/domain-thresholds.ts';
import { type Calibration, exactScoreOf, scoreOf, THRESHOLDS } from '../../engine/voiceprint/score.ts';
import { strangerPairs } from '../../engine/voiceprint/stranger-pairs.ts';
import { priorOf } from './calibrate.ts';
import type { Embedded } from './embed-speakers.ts';
import {
  type ErrorRate,
  errorRate,
  type Rate,
  ratesAt,
  similarityAtFalseAcceptRate,
  similarityAtFalseRejectRate,
} from './error-rates.ts';
import { cosinesAmong, plainCosine, printsOfSpeakers, similarityInFolder } from './folder-domain.ts';
import { decidedOf, enrolledTrials, pairTrials, type Similarity, type Trial } from './trials.ts';

export interface RatesAtThreshold {
  score: number;
  falseAccepts: Rate | null;
  falseRejects: Rate | null;
}

/** Error rates by one way of comparing. Rates are fractions of 1; null where there were no trials. */
export interface Errors {
  /** Single utterances against each other. */
  pairs: ErrorRate;
  /** Enrollments of 30 s of net speech against single utterances. */
  enrolled30s: ErrorRate;
  /** The same for shorter and longer enrollments. */
  enrolled10s: ErrorRate;
  enrolled60s: ErrorRate;
  /** At the thresholds in use, for 30 s enrolled; null for a model without calibration. */
  thresholds: { authentication: RatesAtThreshold; fraud: RatesAtThreshold } | null;
}

/** What `npm run evaluate -- DIR --json` prints: errors with the folder's other speakers as the domain's strangers. */
export interface Evaluation extends Errors {
  model: string;
  speakers: number;
  utterances: number;
  skipped: string[];
  /** The same where nobody else is enrolled: the bare cosine, and what it has to be while no stranger is known. */
  alone: Errors;
  /** Scores to use on data like this: at most 1% false accepts, at most 1% missed fraudsters. */
  recommended: { authentication: number | null; fraud: number | null } | null;
  /** Seconds of speech embedded per second of processor time of one core. */
  timesRealTime: number;
  /** The same from the recording on, with voice activity detection. */
  timesRealTimeFromRecording: number;
}

export interface Evaluated {
  evaluation: Evaluation;
  trials: { pairs: Trial[]; enrolled: Trial[] };
}

const RECOMMENDED_RATE = 0.01;

/** Trials, error rates and advice from embedded recordings. */
export function evaluate(
  embedded: Embedded,
  options: { model: string; speakers: number; calibration: Calibration | undefined },
): Evaluated {
  const { utterances, seconds, skipped } = embedded;
  const { calibration, speakers } = options;
  const prints = printsOfSpeakers(utterances);
  const prior = calibration?.prior ?? { ...priorOf(utterances), closest: 1 };
  const pairsOfPrints = calibration && strangerPairs(cosinesAmong(prints), prior, 1);
  const offset =
    calibration && pairsOfPrints ? domainThresholds(pairsOfPrints, prints.ids.length, calibration).offset : 0;
  const bare = similarityInFolder(prints, prior);
  const inDomain: Similarity = (one, other) => bare(one, other) - offset;
  const { trials, errors } = compare(utterances, inDomain, speakers, calibration);
  const decided = decidedOf(trials);
  const asScore = (value: number) =>
    calibration === undefined || Number.isNaN(value) ? null : Math.round(exactScoreOf(value, calibration));
  const evaluation: Evaluation = {
    model: options.model,
    speakers: prints.ids.length,
    utterances: utterances.length,
    skipped,
    ...errors,
    alone: compare(utterances, plainCosine, speakers, calibration, prior.closest).errors,
    recommended:
      calibration === undefined
        ? null
        : {
            authentication: asScore(similarityAtFalseAcceptRate(decided, RECOMMENDED_RATE)),
            fraud: asScore(similarityAtFalseRejectRate(decided, RECOMMENDED_RATE)),
          },
    timesRealTime: seconds.speech / seconds.embedding,
    timesRealTimeFromRecording: seconds.recorded / (seconds.activity + seconds.embedding),
  };
  return { evaluation, trials };
}

/** @param closest taken off a similarity before it is scored. */
function compare(
  utterances: Embedded['utterances'],
  similarity: Similarity,
  speakers: number,
  calibration: Calibration | undefined,
  closest = 0,
): { trials: Evaluated['trials']; errors: Errors } {
  const trials = { pairs: pairTrials(utterances, similarity), enrolled: enrolledTrials(utterances, similarity) };
  const at = (score: number, known: Calibration): RatesAtThreshold => ({
    score,
    ...ratesAt(
      // Decisions are made on whole scores.
      decidedOf(trials).map((trial) => ({ ...trial, similarity: scoreOf(trial.similarity - closest, known) })),
      score,
      speakers,
    ),
  });
  return {
    trials,
    errors: {
      pairs: errorRate(trials.pairs, speakers),
      enrolled30s: errorRate(trials.enrolled, speakers),
      enrolled10s: errorRate(enrolledTrials(utterances, similarity, 10), speakers),
      enrolled60s: errorRate(enrolledTrials(utterances, similarity, 60), speakers),
      thresholds:
        calibration === undefined
          ? null
          : {
              authentication: at(THRESHOLDS.authentication, calibration),
              fraud: at(THRESHOLDS.fraud, calibration),
            },
    },
  };
}
