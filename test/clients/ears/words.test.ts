import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { picture } from '../../../cli/hear/picture.ts';
import type { Examined } from '../../../clients/ears/examine.ts';
import { causeOf, clock, factsOf, formatInWords, voicesOf } from '../../../clients/ears/words.ts';
import { timeTicks } from '../../../console/charts/ticks.ts';

const good: Examined = {
  channelId: 0,
  neededSpeechSeconds: 30,
  refusal: null,
  format: { container: 'WAV', coding: 'mu-law', bits: 8, sampleRate: 8000, channels: 2, seconds: 72 },
  waveform: { seconds: 72, stretches: Array.from({ length: 72 }, (_, i) => (i < 36 ? [-0.5, 0.5] : [-0.01, 0])) },
  listenedTo: [{ from: 0, to: 54 }],
  speech: [
    { from: 1, to: 20 },
    { from: 20, to: 32 },
  ],
  netSpeechSeconds: 31,
  quality: {
    speechLevelDb: -22.4,
    peakDb: -6,
    fullScaleShare: 0,
    fullScaleAllowed: 0.02,
    missingSeconds: 0,
    secondVoice: null,
  },
};
const withQuality = (quality: Partial<Examined['quality'] & object>, rest: Partial<Examined> = {}): Examined => ({
  ...good,
  ...rest,
  quality: good.quality && { ...good.quality, ...quality },
});
const notFine = (examined: Examined) => factsOf(examined).flatMap(({ what, fine }) => (fine ? [] : [what]));

describe('what was measured', () => {
  test('is fine where enrolling finds nothing wrong', () => {
    expect(notFine(good)).toEqual([]);
    expect(factsOf(good)[0]?.found).toBe('31.0 s found, 30 s are needed');
    expect(formatInWords(good.format ?? expect.unreachable())).toBe(
      'WAV, mu-law of 8 bits · 8,000 Hz · 2 channels · 1:12',
    );
    expect(causeOf(good)).toBeUndefined();
  });

  test.each([
    ['Speech', withQuality({}, { netSpeechSeconds: 29.9 })],
    ['Loudness', withQuality({ speechLevelDb: -56 })],
    ['Clipping', withQuality({ fullScaleShare: 0.021 })],
    ['Length', withQuality({ missingSeconds: 0.6 })],
    [
      'Voices',
      withQuality({
        secondVoice: [
          { seconds: 20, speech: [] },
          { seconds: 11, speech: [] },
        ],
      }),
    ],
  ])('is not fine: %s', (what, examined) => expect(notFine(examined)).toEqual([what]));

  test('is nothing of a file that can’t be read', () => {
    expect(factsOf({ ...good, format: null, waveform: null, quality: null })).toEqual([]);
    expect(picture({ ...good, format: null, waveform: null, quality: null })).toBeUndefined();
  });
});

test('places with nothing in between are one, and two voices are two', () => {
  expect(voicesOf(good)).toMatchObject([{ places: [{ from: 1, to: 32 }] }]);
  const two = [
    { seconds: 19, speech: [{ from: 1, to: 20 }] },
    { seconds: 12, speech: [{ from: 20, to: 32 }] },
  ];
  expect(voicesOf(withQuality({ secondVoice: two })).map(({ places }) => places)).toEqual(
    two.map(({ speech }) => speech),
  );
});

test('in a terminal: how loud, who speaks, and where nobody listened', () => {
  const [bars, who, time] = picture(good)?.split('\n') ?? [];
  expect(bars).toBe('█'.repeat(36) + '▁'.repeat(36));
  expect(who).toBe(`·${'A'.repeat(31)}${'·'.repeat(22)}${' '.repeat(18)}`);
  expect(time).toMatch(/^0:00 +1:12$/);
});

test('marks along a time are round, in it, and few', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.1, max: 80_000, noNaN: true }), (length) => {
      const ticks = timeTicks(length);
      expect(ticks[0]).toBe(0);
      expect(ticks.length).toBeLessThanOrEqual(8);
      for (const tick of ticks) expect(tick).toBeLessThanOrEqual(length);
      expect(ticks.every(Number.isInteger)).toBe(true);
    }),
  );
  expect([0.4, 59.9, 60, 3725].map(clock)).toEqual(['0:00', '0:59', '1:00', '1:02:05']);
});
