import { SAMPLE_RATE } from '../audio/wav.ts';
import type { Extractor } from './extractor.ts';

/** Some seconds of one recording's speech, and whose voice it is. */
export interface Stretch {
  /** [dimension], of length 1. */
  embedding: Float32Array;
  netSpeechSeconds: number;
}

/** Seconds: shorter ones say little of a voice, and longer ones hold more of a conversation's turns. */
const SHORTEST = 2.5;
const LONGEST = 5;
/** Shorter speech than this has no voice to speak of, seconds. */
const VOICELESS = 0.5;

/**
 * Where speech is cut into stretches: at pauses, for that is where one person stops and another begins; and evenly where
 * somebody goes on and on.
 * @param parts lengths of what stands between pauses, in samples at 8 kHz.
 * @returns lengths of stretches, as many samples in all.
 */
export function cutsOf(parts: readonly number[]): number[] {
  const [shortest, longest] = [SHORTEST * SAMPLE_RATE, LONGEST * SAMPLE_RATE];
  const cuts: number[] = [];
  let begun = 0;
  for (const part of parts) {
    if (part >= shortest && begun > 0) {
      cuts.push(begun);
      begun = 0;
    }
    begun += part;
    if (begun < shortest) continue;
    const count = Math.ceil(begun / longest);
    for (let i = 0; i < count; i++) cuts.push(Math.floor(((i + 1) * begun) / count) - Math.floor((i * begun) / count));
    begun = 0;
  }
  if (begun > 0) cuts.push(begun);
  return cuts;
}

/**
 * Each stretch's embedding.
 * @param speech [n] in [-1, 1] at 8 kHz, without silence.
 * @param cuts lengths of the stretches, n in all.
 */
export function stretchesOf(speech: Float32Array, cuts: readonly number[], extractor: Extractor): Stretch[] {
  let at = 0;
  const stretches: Stretch[] = [];
  for (const length of cuts) {
    const samples = speech.slice(at, at + length);
    at += length;
    const netSpeechSeconds = length / SAMPLE_RATE;
    if (netSpeechSeconds >= VOICELESS) stretches.push({ embedding: extractor.embed(samples), netSpeechSeconds });
  }
  return stretches;
}

/** What mu-law's loudest sample stands for, 0.980: above it are the ends of every format's scale. */
const FULL_SCALE = 0.98;

/** Share of the samples that are at the end of the scale: where a line or a recorder had no room for more. */
export function fullScaleShare(samples: Float32Array): number {
  let full = 0;
  for (const sample of samples) if (Math.abs(sample) >= FULL_SCALE) full++;
  return samples.length === 0 ? 0 : full / samples.length;
}
