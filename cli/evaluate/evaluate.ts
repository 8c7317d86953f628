import type { Calibration } from '../../engine/voiceprint/score.ts';
import { scoreOf } from '../../engine/voiceprint/score.ts';
import type { Embedded } from './embed-speakers.ts';
import {
  type ErrorRate,
  errorRate,
  type Rate,
  ratesAt,
  similarityAtFalseAcceptRate,
  similarityAtFalseRejectRate,
} from './error-rates.ts';
import { enrolledTrials, pairTrials, type Trial } from './trials.ts';

/** The scores that decide by default: to authenticate a caller, and to call one a fraudster. */
export const THRESHOLDS = { authentication: 90, fraud: 20 } as const;

export interface RatesAtThreshold {
  score: number;
  falseAccepts: Rate | null;
  falseRejects: Rate | null;
}

/** What `npm run evaluate -- DIR --json` prints. Rates are fractions of 1; null where there were no trials. */
export interface Evaluation {
  model: string;
  speakers: number;
  utterances: number;
  skipped: string[];
  /** Single utterances against each other. */
  pairs: ErrorRate;
  /** Enrollments of 30 s of net speech against single utterances. */
  enrolled30s: ErrorRate;
  /** The same for shorter and longer enrollments. */
  enrolled10s: ErrorRate;
  enrolled60s: ErrorRate;
  /** At the thresholds in use, for 30 s enrolled; null for a model without calibration. */
  thresholds: { authentication: RatesAtThreshold; fraud: RatesAtThreshold } | null;
  /** Honest requests that would be turned away because their recordings seem to disagree. */
  sameSpeakerRefusals: Rate | null;
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
  options: {
    model: string;
    speakers: number;
    calibration: Calibration | undefined;
    similarity: (a: Float32Array, b: Float32Array) => number;
  },
): Evaluated {
  const { utterances, seconds, skipped } = embedded;
  const { calibration, similarity } = options;
  const pairs = pairTrials(utterances, similarity);
  const enrolled = enrolledTrials(utterances, similarity);
  const decided = enrolled.some(({ a, b }) => a === b) ? enrolled : pairs;
  const asScore = (value: number) =>
    calibration === undefined || Number.isNaN(value) ? null : scoreOf(value, calibration);
  const at = (score: number): RatesAtThreshold => ({
    score,
    ...ratesAt(
      // Decisions are made on whole scores.
      decided.map((trial) => ({ ...trial, similarity: asScore(trial.similarity) ?? 0 })),
      score,
      options.speakers,
    ),
  });
  const evaluation: Evaluation = {
    model: options.model,
    speakers: new Set(utterances.map(({ speaker }) => speaker)).size,
    utterances: utterances.length,
    skipped,
    pairs: errorRate(pairs, options.speakers),
    enrolled30s: errorRate(enrolled, options.speakers),
    enrolled10s: errorRate(enrolledTrials(utterances, similarity, 10), options.speakers),
    enrolled60s: errorRate(enrolledTrials(utterances, similarity, 60), options.speakers),
    thresholds:
      calibration === undefined ? null : { authentication: at(THRESHOLDS.authentication), fraud: at(THRESHOLDS.fraud) },
    sameSpeakerRefusals:
      calibration === undefined
        ? null
        : ratesAt(longPairs(embedded, similarity), calibration.sameSpeakerSimilarity, options.speakers).falseRejects,
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
  return { evaluation, trials: { pairs, enrolled } };
}

/** Net speech from which on a recording may contradict another one, seconds; as the engine has it. */
const TELLS_WHO_SECONDS = 5;

/** Pairs of utterances long enough to be held against each other within one request. */
export function longPairs(embedded: Embedded, similarity: (a: Float32Array, b: Float32Array) => number): Trial[] {
  return pairTrials(
    embedded.utterances.filter(({ netSpeechSeconds }) => netSpeechSeconds >= TELLS_WHO_SECONDS),
    similarity,
  );
}
