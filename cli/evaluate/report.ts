import { table } from '../terminal.ts';
import type { Rate } from './error-rates.ts';
import type { Errors, Evaluation, RatesAtThreshold } from './evaluate.ts';

const percent = (value: number) => `${(value * 100).toFixed(2)} %`;
const range = ([low, high]: readonly [number, number]) => `${(low * 100).toFixed(2)} to ${(high * 100).toFixed(2)} %`;
const rate = (value: Rate | null) => (value === null ? '-' : `${percent(value.rate)} (${range(value.confidence95)})`);

const equalErrors = ({ pairs, enrolled10s, enrolled30s, enrolled60s }: Errors) =>
  (
    [
      ['pairs of single utterances', pairs],
      ['10 s enrolled against single utterances', enrolled10s],
      ['30 s enrolled', enrolled30s],
      ['60 s enrolled', enrolled60s],
    ] as const
  ).map(([name, { equalErrorRate, confidence95, sameSpeakerTrials, differentSpeakersTrials }]) => [
    name,
    equalErrorRate === null ? 'too few recordings' : percent(equalErrorRate),
    confidence95 === null ? '' : range(confidence95),
    `${sameSpeakerTrials} / ${differentSpeakersTrials}`,
  ]);

function wrongAt({ thresholds }: Errors): string {
  if (thresholds === null) {
    return 'This model has no calibration, so it gives no scores. Add --calibrate to make one from these recordings.';
  }
  const line = (name: string, at: RatesAtThreshold) => [
    name,
    String(at.score),
    rate(at.falseAccepts),
    rate(at.falseRejects),
  ];
  return table(
    ['thresholds in use', 'score', 'false accepts', 'false rejects'],
    [line('authentication', thresholds.authentication), line('fraud', thresholds.fraud)],
  );
}

const errors = (title: string, measured: Errors) =>
  [
    title,
    table(['', 'equal error rate', '95% confidence', 'trials same / different'], equalErrors(measured)),
    wrongAt(measured),
  ].join('\n\n');

/** An evaluation as a person reads it. */
export function report(evaluation: Evaluation): string {
  const { alone, recommended } = evaluation;
  const sections = [
    `${evaluation.model}: ${evaluation.speakers} speakers, ${evaluation.utterances} recordings`,
    errors('With the other speakers enrolled, as in a domain of these people:', evaluation),
    errors('With nobody else enrolled:', alone),
  ];
  if (recommended !== null) {
    sections.push(
      `For recordings like these: authenticate from score ${recommended.authentication ?? '-'} (1 % false accepts), call fraud from score ${recommended.fraud ?? '-'} (1 % of known voices missed).`,
    );
  }
  sections.push(
    `Speed on one core: ${Math.round(evaluation.timesRealTime)} times real time to embed speech, ${Math.round(evaluation.timesRealTimeFromRecording)} times from the recording on.`,
  );
  if (evaluation.skipped.length > 0) sections.push(['Left out:', ...evaluation.skipped].join('\n  '));
  return sections.join('\n\n');
}
