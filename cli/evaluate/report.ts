import { table } from '../terminal.ts';
import type { Rate } from './error-rates.ts';
import type { Evaluation, RatesAtThreshold } from './evaluate.ts';

const percent = (value: number) => `${(value * 100).toFixed(2)} %`;
const range = ([low, high]: readonly [number, number]) => `${(low * 100).toFixed(2)} to ${(high * 100).toFixed(2)} %`;
const rate = (value: Rate | null) => (value === null ? '-' : `${percent(value.rate)} (${range(value.confidence95)})`);

/** An evaluation as a person reads it. */
export function report(evaluation: Evaluation): string {
  const { pairs, enrolled10s, enrolled30s, enrolled60s, thresholds, recommended } = evaluation;
  const rows = (
    [
      ['pairs of single utterances', pairs],
      ['10 s enrolled against single utterances', enrolled10s],
      ['30 s enrolled', enrolled30s],
      ['60 s enrolled', enrolled60s],
    ] as const
  ).map(([name, { equalErrorRate, confidence95, sameSpeakerTrials, differentSpeakersTrials }]) => [
    name,
    equalErrorRate === null ? 'not enough speech' : percent(equalErrorRate),
    confidence95 === null ? '' : range(confidence95),
    `${sameSpeakerTrials} / ${differentSpeakersTrials}`,
  ]);
  const sections = [
    `${evaluation.model}: ${evaluation.speakers} speakers, ${evaluation.utterances} recordings`,
    table(['', 'equal error rate', '95% confidence', 'trials same / different'], rows),
  ];
  if (thresholds === null) {
    sections.push(
      'This model has no calibration, so it gives no scores. Add --calibrate to make one from these recordings.',
    );
  } else {
    const line = (name: string, at: RatesAtThreshold) => [
      name,
      String(at.score),
      rate(at.falseAccepts),
      rate(at.falseRejects),
    ];
    sections.push(
      table(
        ['thresholds in use', 'score', 'false accepts', 'false rejects'],
        [line('authentication', thresholds.authentication), line('fraud', thresholds.fraud)],
      ),
      `Honest recordings that would be taken for different people's: ${rate(evaluation.sameSpeakerRefusals)}`,
    );
  }
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
