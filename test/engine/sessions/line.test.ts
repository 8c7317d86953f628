import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Span } from '../../../engine/audio/voice-activity.ts';
import { type Hearing, hear, type Line, MOST_SECONDS, muLawOf, newLine } from '../../../engine/sessions/line.ts';

const RATE = 8000;

/** Speech is what is not zero; a voice is the loudness of it. Nothing of before or after matters to it. */
const hearing: Hearing = {
  spans(samples) {
    const spans: Span[] = [];
    for (let at = 0; at < samples.length; at++) {
      if (samples[at] === 0) continue;
      const last = spans.at(-1);
      if (last?.to === at) last.to = at + 1;
      else spans.push({ from: at, to: at + 1 });
    }
    return spans;
  },
  embed: (speech) => Float32Array.of(speech.reduce((sum, sample) => sum + sample, 0) / speech.length),
};

/** [voice, seconds] after each other; voice 0 is silence. */
function call(parts: readonly (readonly [voice: number, seconds: number])[]): Uint8Array {
  return muLawOf(
    Float32Array.from(parts.flatMap(([voice, seconds]) => Array(Math.round(seconds * RATE)).fill(voice / 10))),
  );
}

/** Fed as it is spoken, from the time 0 on. */
function listen(audio: Uint8Array, cuts: readonly number[]): Line {
  let line = newLine('model');
  const borders = [0, ...[...cuts].sort((a, b) => a - b), audio.length];
  for (const [i, from] of borders.slice(0, -1).entries()) {
    const to = borders[i + 1] ?? from;
    line = hear(line, audio.subarray(from, to), (1000 * to) / RATE, false, hearing);
  }
  return hear(line, new Uint8Array(), (1000 * audio.length) / RATE, true, hearing);
}

test('however a call is cut, the same stretches are heard at the same times', () => {
  const part = fc.tuple(
    fc.integer({ min: 0, max: 3 }),
    fc.integer({ min: 1, max: 25 }).map((tenths) => tenths / 10),
  );
  const calls = fc.array(part, { minLength: 1, maxLength: 8 }).chain((parts) => {
    const audio = call(parts);
    return fc.record({
      audio: fc.constant(audio),
      cuts: fc.array(fc.integer({ min: 0, max: audio.length }), { maxLength: 12 }),
    });
  });
  fc.assert(
    fc.property(calls, ({ audio, cuts }) => {
      const whole = listen(audio, []);
      const pieces = listen(audio, cuts);
      expect(pieces.made).toBe(whole.made);
      for (const [i, stretch] of pieces.stretches.entries()) {
        const same = whole.stretches[i];
        expect(stretch.embedding).toEqual(same?.embedding);
        expect(Math.abs(stretch.startedAt - (same?.startedAt ?? Number.NaN))).toBeLessThanOrEqual(1);
        expect(Math.abs(stretch.endedAt - (same?.endedAt ?? Number.NaN))).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 20 },
  );
});

test('a stretch begins and ends where its speech did, pauses left out', () => {
  const { stretches } = listen(
    call([
      [0, 2],
      [1, 1.5],
      [0, 3],
      [1, 3.5],
    ]),
    [30_000],
  );
  expect(stretches.map(({ startedAt, endedAt }) => [startedAt, endedAt])).toEqual([
    [2000, 7500],
    [7500, 10_000],
  ]);
});

test('audio that comes faster than it was spoken took the time since the chunk before', () => {
  const [one, two] = [call([[1, 5]]), call([[2, 10]])];
  let line = hear(newLine('model'), one, 100_000, false, hearing);
  line = hear(line, two, 101_000, true, hearing);
  const times = line.stretches.map(({ startedAt, endedAt }) => [startedAt, endedAt]);
  expect(times[0]).toEqual([95_000, 97_500]);
  expect(times.at(-1)).toEqual([100_750, 101_000]);
});

test('no more is kept than a session may ask for, however long the call is', () => {
  let line = newLine('model');
  const sizes = [];
  for (let second = 1; second <= 300; second++) {
    line = hear(line, call([[1, 1]]), 1000 * second, false, hearing);
    sizes.push(line.carried.length + line.open.length + 1000 * line.marks.length);
  }
  expect(line.stretches.reduce((sum, { netSpeechSeconds }) => sum + netSpeechSeconds, 0)).toBe(MOST_SECONDS);
  expect(line.made).toBeGreaterThan(115);
  expect(Math.max(...sizes)).toBeLessThan(60_000);
});

test('nothing of the audio is left after the last chunk', () => {
  const line = listen(call([[1, 4.2]]), [9_000]);
  expect([line.carried.length, line.open.length]).toEqual([0, 0]);
});
