import { expect, test } from 'vitest';
import { latestWindow } from '../../../engine/sessions/window.ts';

/** Stretches of 2.5 s, one after the other: a letter is whose voice it is. */
const said = (who: string) => ({
  stretches: [...who].map((voice, i) => ({
    embedding: Float32Array.of(voice === 'a' ? 1 : 0, voice === 'b' ? 1 : 0, voice === 'c' ? 1 : 0),
    netSpeechSeconds: 2.5,
    startedAt: i * 2500,
    endedAt: (i + 1) * 2500,
  })),
});
const windowOf = (who: string, netSpeechSeconds: number, limit?: number) => {
  const window = latestWindow(said(who), netSpeechSeconds, limit);
  return window && { voice: window.voice && [...window.voice], times: [window.startedAt, window.endedAt] };
};
const newerHalfOf = (who: string, netSpeechSeconds: number) => {
  const half = latestWindow(said(who), netSpeechSeconds, undefined)?.newerHalf;
  return half && [...half].map((part) => Number(part.toFixed(2)));
};

test.each([
  ['', 10, undefined],
  ['aaa', 10, { voice: undefined, times: [0, 7500] }],
  ['aaaa', 10, { voice: [1, 0, 0], times: [0, 10_000] }],
  ['bbaaaa', 10, { voice: [1, 0, 0], times: [5000, 15_000] }],
  ['aaaa', 6, { voice: [1, 0, 0], times: [2500, 10_000] }],
  ['aaaaaaaaaaaa', 30, { voice: [1, 0, 0], times: [0, 30_000] }],
])('%s, of which %d s are asked for', (who, seconds, window) => {
  expect(windowOf(who, seconds, 0.45)).toEqual(window);
});

test.each([
  ['aaab', { voice: undefined, times: [7500, 10_000] }],
  ['aabb', { voice: undefined, times: [5000, 10_000] }],
  ['aaaabbb', { voice: undefined, times: [10_000, 17_500] }],
  ['aaaabbbb', { voice: [0, 1, 0], times: [10_000, 20_000] }],
  ['abbb', { voice: undefined, times: [2500, 10_000] }],
  ['aabc', { voice: undefined, times: [7500, 10_000] }],
])('%s: nobody is judged by what another voice said', (who, window) => {
  expect(windowOf(who, 10, 0.45)).toEqual(window);
});

test('a model without limits takes the latest speech for one voice', () => {
  expect(windowOf('aabb', 10)?.times).toEqual([0, 10_000]);
});

test.each([
  ['aaa', 10, undefined],
  ['aabb', 10, [0, 1, 0]],
  ['bbaa', 10, [1, 0, 0]],
  ['aaab', 10, [0.71, 0.71, 0]],
  ['aaaab', 12, [0.89, 0.45, 0]],
])('%s, the newer half of %d s', (who, seconds, voice) => {
  expect(newerHalfOf(who, seconds)).toEqual(voice);
});
