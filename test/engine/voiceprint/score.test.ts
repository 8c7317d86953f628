import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cosine, pooledEmbedding, scoreOf } from '../../../engine/voiceprint/score.ts';

const calibrated = (acceptAt: number, flagAt: number) => ({
  acceptAt,
  flagAt,
  strangers: { median: -0.2, deviation: 0.13 },
  prior: { closest: 0.75, mean: 0.2, deviation: 0.14 },
});

describe('a score', () => {
  test('is 90 and 20 where the calibration says', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -2, max: 2, noNaN: true }),
        fc.double({ min: 0.05, max: 3, noNaN: true }),
        (at20, apart) => {
          const calibration = calibrated(at20 + apart, at20);
          expect(scoreOf(at20 + apart, calibration)).toBe(90);
          expect(scoreOf(at20, calibration)).toBe(20);
        },
      ),
    );
  });

  test('is a whole number from 0 to 100 that never falls as the similarity rises', () => {
    const calibration = calibrated(2, 1);
    fc.assert(
      fc.property(
        fc.double({ min: -100, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 10, noNaN: true }),
        (low, more) => {
          const [a, b] = [scoreOf(low, calibration), scoreOf(low + more, calibration)];
          expect(Number.isInteger(a) && a >= 0 && b <= 100).toBe(true);
          expect(b).toBeGreaterThanOrEqual(a);
        },
      ),
    );
  });
});

describe('a cosine', () => {
  test('of embeddings of two models is refused', () => {
    expect(() => cosine(new Float32Array(3), new Float32Array(4))).toThrow(RangeError);
  });
});

describe('pooling', () => {
  test('weighs recordings by their speech, and gives length 1', () => {
    const pooled = pooledEmbedding([
      { embedding: Float32Array.of(1, 0), netSpeechSeconds: 3 },
      { embedding: Float32Array.of(0, 1), netSpeechSeconds: 1 },
    ]);
    expect(pooled[0]).toBeCloseTo(3 / Math.sqrt(10));
    expect(pooled[1]).toBeCloseTo(1 / Math.sqrt(10));
  });
});
