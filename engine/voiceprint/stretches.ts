import type { Span } from '../audio/voice-activity.ts';
import { SAMPLE_RATE } from '../audio/wav.ts';
import type { Extractor } from './extractor.ts';

/** Some seconds of one recording's speech, and whose voice it is. */
export interface Stretch {
  /** [dimension], of length 1. */
  embedding: Float32Array;
  netSpeechSeconds: number;
}

/** A stretch, and where it is in its recording, or in a piece of that: seconds. */
export type PlacedStretch = Stretch & { places: Span[] };

/** A stretch, and where it is in the speech that it was cut from: samples at 8 kHz. */
export type CutStretch = Stretch & Span;

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
export function stretchesOf(speech: Float32Array, cuts: readonly number[], extractor: Extractor): CutStretch[] {
  let at = 0;
  const stretches: CutStretch[] = [];
  for (const length of cuts) {
    const [from, to] = [at, at + length];
    at = to;
    const netSpeechSeconds = length / SAMPLE_RATE;
    if (netSpeechSeconds < VOICELESS) continue;
    stretches.push({ embedding: extractor.embed(speech.slice(from, to)), netSpeechSeconds, from, to });
  }
  return stretches;
}

/** The parts of `spans` that samples `from` to `to` of the speech come from, which is the spans one after the other. */
export function placesOf(spans: readonly Span[], { from, to }: Span): Span[] {
  const places: Span[] = [];
  let at = 0;
  for (const span of spans) {
    const [first, last] = [Math.max(from, at), Math.min(to, at + span.to - span.from)];
    if (last > first) places.push({ from: span.from + first - at, to: span.from + last - at });
    at += span.to - span.from;
  }
  return places;
}

/** Mean square of the samples, 0 where there are none. By index: an iterator makes an object of each, ten times the cost. */
export function powerOf(samples: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += (samples[i] ?? 0) ** 2;
  return samples.length === 0 ? 0 : sum / samples.length;
}

/** What mu-law's loudest sample stands for, 0.980: above it are the ends of every format's scale. */
const FULL_SCALE = 0.98;

/** Share of the samples that are at the end of the scale: where a line or a recorder had no room for more. */
export function fullScaleShare(samples: Float32Array): number {
  let full = 0;
  for (let i = 0; i < samples.length; i++) if (Math.abs(samples[i] ?? 0) >= FULL_SCALE) full++;
  return samples.length === 0 ? 0 : full / samples.length;
}
