import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UncalibratedModelError } from '../../../engine/voiceprint/errors.ts';
import { calibrate, cosine, normalized, pooledEmbedding, scoreOf } from '../../../engine/voiceprint/score.ts';
import { similarityWith } from '../../../engine/voiceprint/similarity.ts';

const vector = fc
  .array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 })
  .map((values) => Float32Array.from(values));
const unit = vector.filter((values) => values.some((value) => Math.abs(value) > 0.01)).map(normalized);

describe('a score', () => {
  test('is 90 and 20 where the calibration says', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -2, max: 2, noNaN: true }),
        fc.double({ min: 0.05, max: 3, noNaN: true }),
        (at20, apart) => {
          const calibration = calibrate(at20 + apart, at20, 0);
          expect(scoreOf(at20 + apart, calibration)).toBe(90);
          expect(scoreOf(at20, calibration)).toBe(20);
        },
      ),
    );
  });

  test('is a whole number from 0 to 100 that never falls as the similarity rises', () => {
    const calibration = calibrate(2, 1, 0);
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

  test('is refused without a calibration, with what to do', () => {
    expect(() => scoreOf(0.5, undefined)).toThrow(UncalibratedModelError);
    expect(() => scoreOf(0.5, undefined)).toThrow(/npm run evaluate -- DIR --calibrate/);
  });
});

describe('similarity', () => {
  test('is the same both ways', () => {
    fc.assert(
      fc.property(unit, unit, fc.array(unit, { minLength: 5, maxLength: 9 }), (a, b, embeddings) => {
        for (const similarity of [similarityWith(undefined), similarityWith({ embeddings, top: 3 })]) {
          expect(similarity(a, b)).toBeCloseTo(similarity(b, a), 9);
        }
      }),
    );
  });

  test('is the cosine where there is no cohort', () => {
    expect(similarityWith(undefined)(Float32Array.of(1, 0), Float32Array.of(0.6, 0.8))).toBeCloseTo(0.6);
  });

  test('is the mean of both sides of how far the cosine stands out among the nearest strangers', () => {
    const strangers = [Float32Array.of(1, 0), Float32Array.of(0.6, 0.8), Float32Array.of(-1, 0)];
    const similarity = similarityWith({ embeddings: strangers, top: 2 });
    const a = Float32Array.of(0, 1);
    const b = Float32Array.of(0.8, 0.6);
    // a against them: 0, 0.8, 0; its nearest two have the mean 0.4, deviation 0.4. b: 0.8, 0.96, -0.8; mean 0.88, 0.08.
    expect(similarity(a, b)).toBeCloseTo(((0.6 - 0.4) / 0.4 + (0.6 - 0.88) / 0.08) / 2, 5);
  });

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
