import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { Silero } from '../../../bench/silero.ts';
import { callers, sentences, speak } from '../../../cli/demo/callers.ts';
import { type Span, VoiceActivity } from '../../../engine/audio/voice-activity.ts';
import { SAMPLE_RATE } from '../../../engine/audio/wav.ts';
import { busy, chord, crowd, dialled, holdMusic, hum, noise, ringing, silence, tone } from './signals.ts';

const activity = new VoiceActivity();
const everything = Number.POSITIVE_INFINITY;
let spoken: Float32Array;

beforeAll(async () => {
  const [caller] = callers;
  if (caller === undefined) throw new Error('There is no synthetic caller.');
  spoken = Float32Array.from(await speak(caller, sentences[0] ?? ''), (sample) => sample / 32768);
});

describe('nobody speaks in', () => {
  test.each([
    ['silence', silence(10)],
    ['white noise', noise(10)],
    ['faint noise', noise(10, 0.01)],
    ['a steady tone', tone(10)],
    ['a dial tone', tone(10, 350)],
    ['a chord', chord(10)],
    ['ringing', ringing(20)],
    ['a busy line', busy(10)],
    ['dialled digits', dialled(10)],
    ['hum', hum(10)],
    ['hold music', holdMusic(20)],
  ])('%s', (_, samples) => {
    expect(activity.speech(samples, everything).length).toBe(0);
  });
});

test('hardly anybody speaks in a crowd', async () => {
  const voices = await Promise.all(
    Array.from({ length: 12 }, async (_, i) => {
      const [caller, sentence] = [callers[i % callers.length], sentences[i % sentences.length]];
      if (caller === undefined || sentence === undefined) throw new Error('There are no synthetic callers.');
      return Float32Array.from(await speak(caller, sentence), (sample) => sample / 32768);
    }),
  );
  expect(activity.speech(crowd(voices, 20), everything).length / SAMPLE_RATE).toBeLessThan(2);
});

describe('speech', () => {
  test('is found, nearly all of it', () => {
    const share = activity.speech(spoken, everything).length / spoken.length;
    expect(share).toBeGreaterThan(0.85);
    expect(share).toBeLessThanOrEqual(1);
  });

  test('between silences is cut out of them', () => {
    const samples = new Float32Array(spoken.length + 6 * SAMPLE_RATE);
    samples.set(spoken, 3 * SAMPLE_RATE);
    const speech = activity.speech(samples, everything);
    expect(speech.length).toBeGreaterThan(0.85 * spoken.length);
    expect(speech.length).toBeLessThan(spoken.length + 0.5 * SAMPLE_RATE);
  });

  test('is as much as Silero finds, within 3%, and the same', () => {
    const samples = new Float32Array(2 * spoken.length + 5 * SAMPLE_RATE);
    samples.set(spoken, 2 * SAMPLE_RATE);
    samples.set(spoken, spoken.length + 4 * SAMPLE_RATE);
    const length = (spans: readonly Span[]) => spans.reduce((sum, { from, to }) => sum + to - from, 0);
    const theirs = length(new Silero().spans(samples));
    expect(length(activity.spans(samples, everything)) / theirs).toBeGreaterThan(0.97);
    expect(length(activity.spans(samples, everything)) / theirs).toBeLessThan(1.03);
  });

  test('is cut at the same places however long the recording goes on', () => {
    const longer = new Float32Array(spoken.length + 20 * SAMPLE_RATE);
    longer.set(spoken);
    const [alone, within] = [activity.spans(spoken, everything), activity.spans(longer, everything)];
    expect(within.slice(0, -1)).toEqual(alone.slice(0, -1));
    expect(within.length).toBe(alone.length);
  });

  test('beyond what is enough is not looked for', () => {
    const samples = new Float32Array(8 * spoken.length);
    for (let i = 0; i < 8; i++) samples.set(spoken, i * spoken.length);
    const all = activity.find(samples, everything);
    for (const enough of [1, 10, 10.123]) {
      const { speech, spans, looked } = activity.find(samples, enough);
      expect(speech.length).toBe(enough * SAMPLE_RATE);
      expect(speech).toEqual(all.speech.subarray(0, speech.length));
      expect(spans.slice(0, -1)).toEqual(all.spans.slice(0, spans.length - 1));
      expect(spans.at(-1)?.from).toBe(all.spans[spans.length - 1]?.from);
      expect(looked).toBe(spans.at(-1)?.to);
    }
  });

  test('is enough to the sample, margins included, however much of it there is', () => {
    const all = activity.find(spoken, everything);
    expect(all.looked).toBe(spoken.length);
    const most = all.speech.length;
    expect(activity.find(spoken, (most + 1) / SAMPLE_RATE)).toEqual(all);
    expect(activity.find(spoken, most / SAMPLE_RATE)).toEqual({ ...all, looked: all.spans.at(-1)?.to });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: most }), (enough) => {
        const speech = activity.speech(spoken, enough / SAMPLE_RATE);
        expect(speech.length).toBe(enough);
        expect(speech).toEqual(all.speech.subarray(0, enough));
      }),
      { numRuns: 50 },
    );
  });

  test('is found again by the same detector: nothing of one recording is left over for the next', () => {
    const first = activity.speech(spoken, everything);
    activity.speech(noise(3), everything);
    expect(activity.speech(spoken, everything)).toEqual(first);
  });
});
