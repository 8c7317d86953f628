import { beforeAll, describe, expect, test } from 'vitest';
import { callers, sentences, speak } from '../../../cli/demo/callers.ts';
import { VoiceActivity } from '../../../engine/audio/voice-activity.ts';
import { SAMPLE_RATE } from '../../../engine/audio/wav.ts';
import { chord, holdMusic, noise, silence, tone } from './signals.ts';

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
    ['hold music', holdMusic(20)],
  ])('%s', (_, samples) => {
    expect(activity.speech(samples, everything).length).toBe(0);
  });
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

  test('beyond what is enough is not looked for', () => {
    const samples = new Float32Array(8 * spoken.length);
    for (let i = 0; i < 8; i++) samples.set(spoken, i * spoken.length);
    const speech = activity.speech(samples, 10);
    expect(speech.length).toBeGreaterThanOrEqual(10 * SAMPLE_RATE);
    expect(speech.length).toBeLessThan(30 * SAMPLE_RATE);
  });

  test('is found again by the same detector: nothing of one recording is left over for the next', () => {
    const first = activity.speech(spoken, everything);
    activity.speech(noise(3), everything);
    expect(activity.speech(spoken, everything)).toEqual(first);
  });
});
