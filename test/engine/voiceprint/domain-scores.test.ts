import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { closeness, rank } from '../../../engine/voiceprint/closeness.ts';
import { domainScores } from '../../../engine/voiceprint/domain-scores.ts';
import { UncalibratedModelError } from '../../../engine/voiceprint/errors.ts';
import type { Prints } from '../../../engine/voiceprint/prints.ts';
import { type Calibration, cosine, normalized } from '../../../engine/voiceprint/score.ts';
import { random } from '../audio/signals.ts';

const DIMENSION = 64;
const calibration: Calibration = {
  acceptAt: 0.14,
  flagAt: 0.04,
  strangers: { median: -0.25, deviation: 0.12 },
  prior: { closest: 0.75, mean: 0, deviation: 0.13 },
};

/** Normal values (Box and Muller), the same for the same seed. */
function normals(seed: number): () => number {
  const uniform = random(seed);
  return () => Math.sqrt(-2 * Math.log(uniform() + 1e-12)) * Math.cos(2 * Math.PI * uniform());
}

/** People of a world in which everybody shares some of everybody's voice: strangers' cosines are about `alike`. */
function world(seed: number, alike = 0) {
  const normal = normals(seed);
  const vector = () => normalized(Float32Array.from({ length: DIMENSION }, normal));
  const common = vector();
  const mix = (parts: [Float32Array, number][]) =>
    normalized(
      Float32Array.from({ length: DIMENSION }, (_, i) => parts.reduce((sum, [v, w]) => sum + w * (v[i] ?? 0), 0)),
    );
  const person = () =>
    mix([
      [common, Math.sqrt(alike)],
      [vector(), Math.sqrt(1 - alike)],
    ]);
  /** Another recording of a voice: its cosine with the voice is about 0.9. */
  const again = (voice: Float32Array) =>
    mix([
      [voice, 0.9],
      [vector(), Math.sqrt(1 - 0.81)],
    ]);
  return { person, again, people: (count: number) => Array.from({ length: count }, person) };
}

function enrolled(voices: readonly Float32Array[]): Prints {
  const matrix = new Float32Array(voices.length * DIMENSION);
  for (const [row, voice] of voices.entries()) matrix.set(voice, row * DIMENSION);
  return { ids: voices.map((_, row) => `id#${row}`), dimension: DIMENSION, matrix };
}

const claimed = (voices: readonly Float32Array[], row: number) => ({
  id: `id#${row}`,
  embedding: voices[row] ?? new Float32Array(DIMENSION),
});

describe('how close strangers come', () => {
  const { prior } = calibration;
  const cosines = fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { maxLength: 60 });

  test('is what is assumed, where nobody is known', () => {
    expect(closeness(rank(new Float32Array()), new Set(), prior)).toBe(prior.closest);
  });

  test('is the same whoever of those left out is left out in which way', () => {
    fc.assert(
      fc.property(cosines, fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { maxLength: 5 }), (kept, left) => {
        const all = rank(Float32Array.from([...left, ...kept]));
        const without = closeness(all, new Set(left.keys()), prior);
        expect(without).toBeCloseTo(closeness(rank(Float32Array.from(kept)), new Set(), prior), 5);
      }),
    );
  });

  test('never exceeds what is assumed, and does not fall where a stranger comes closer', () => {
    fc.assert(
      fc.property(cosines, fc.nat(59), fc.float({ min: 0, max: 1, noNaN: true }), (values, which, more) => {
        fc.pre(which < values.length);
        const before = closeness(rank(Float32Array.from(values)), new Set(), prior);
        const closer = closeness(
          rank(Float32Array.from(values, (value, row) => (row === which ? value + more : value))),
          new Set(),
          prior,
        );
        expect(before).toBeLessThanOrEqual(prior.closest);
        expect(closer).toBeGreaterThanOrEqual(before - 1e-6);
      }),
    );
  });
});

describe('an authentication', () => {
  test.each([0, 0.3, 0.6])('accepts the right person and nobody else, where strangers are alike by %f', (alike) => {
    const { people, again, person } = world(7, alike);
    const voices = people(40);
    const scores = domainScores(enrolled(voices), calibration);
    const right = voices.map((voice, row) => scores.authenticate(again(voice), claimed(voices, row)).score);
    const wrong = voices.map((_, row) => scores.authenticate(person(), claimed(voices, row)).score);
    const each = voices.map((voice, row) => scores.authenticate(again(voice), claimed(voices, (row + 1) % 40)).score);
    expect(Math.min(...right)).toBeGreaterThanOrEqual(90);
    expect(Math.max(...wrong, ...each)).toBeLessThan(90);
  });

  test('holds back where nobody else is enrolled: a cosine that is plenty among people is not enough alone', () => {
    const { people, again } = world(3);
    const voices = people(30);
    const [voice = new Float32Array(DIMENSION)] = voices;
    const call = again(voice);
    const among = domainScores(enrolled(voices), calibration).authenticate(call, claimed(voices, 0));
    const alone = domainScores(enrolled([voice]), calibration).authenticate(call, claimed(voices, 0));
    expect(alone.strangers).toBe(0);
    expect(alone.similarity).toBeCloseTo(cosine(call, voice) - calibration.prior.closest, 5);
    expect(alone.score).toBeLessThan(among.score);
  });

  test('is as it was for somebody who is enrolled a second time under another id', () => {
    const { people, again } = world(11);
    const voices = people(30);
    const [voice = new Float32Array(DIMENSION)] = voices;
    const call = again(voice);
    const once = domainScores(enrolled(voices), calibration);
    const twice = domainScores(enrolled([...voices, again(voice)]), calibration);
    expect(twice.authenticate(call, claimed(voices, 0)).strangers).toBe(29);
    expect(twice.authenticate(call, claimed(voices, 0)).similarity).toBeCloseTo(
      once.authenticate(call, claimed(voices, 0)).similarity,
      2,
    );
  });

  test('is refused without a calibration, with what to do', () => {
    expect(() => domainScores(enrolled([]), undefined)).toThrow(UncalibratedModelError);
    expect(() => domainScores(enrolled([]), undefined)).toThrow(/npm run evaluate -- DIR --calibrate/);
  });
});

describe('a fraud risk', () => {
  test('of an empty watchlist is 0', () => {
    const { people, person } = world(5);
    expect(domainScores(enrolled(people(10)), calibration).risk(person(), enrolled([]))).toEqual({
      score: 0,
    });
  });

  test('names the fraudster who is on the line, who may be enrolled, too', () => {
    const { people, again } = world(5);
    const voices = people(30);
    const watchlist = people(50);
    const known = again(watchlist[17] ?? new Float32Array(DIMENSION));
    for (const strangers of [voices, [...voices, again(watchlist[17] ?? new Float32Array(DIMENSION))]]) {
      const risk = domainScores(enrolled(strangers), calibration).risk(known, enrolled(watchlist));
      expect(risk.closest).toBe('id#17');
      expect(risk.score).toBeGreaterThanOrEqual(90);
    }
  });

  test('flags honest callers no more often because the watchlist is long', () => {
    const { people } = world(9);
    const scores = domainScores(enrolled(people(100)), calibration);
    const callers = people(300);
    const flagged = (length: number) => {
      const watchlist = enrolled(people(length));
      return callers.filter((caller) => scores.risk(caller, watchlist).score >= 20).length / callers.length;
    };
    for (const length of [1, 10, 100, 500]) expect(flagged(length), `${length} voices`).toBeLessThan(0.04);
  });
});

describe('thresholds of a domain', () => {
  test('say how often strangers reach 90 and 20 there, and what would be right', () => {
    const { people } = world(21);
    const { thresholds } = domainScores(enrolled(people(100)), calibration);
    expect(thresholds).toMatchObject({ speakers: 100, comparisons: 4950, sameVoicePairs: 0, enough: true });
    expect(thresholds.histogram.reduce((sum, count) => sum + count, 0)).toBe(4950);
    const { rate, confidence95 } = thresholds.atAuthentication;
    expect(rate).toBeLessThan(0.01);
    expect(confidence95?.[0]).toBeLessThanOrEqual(rate ?? 0);
    expect(confidence95?.[1]).toBeGreaterThanOrEqual(rate ?? 1);
    expect(thresholds.confidence95?.[90]).toEqual(confidence95);
    let reach = thresholds.comparisons;
    for (const [score, count] of thresholds.histogram.entries()) {
      const [low = 1, high = 0] = thresholds.confidence95?.[score] ?? [];
      expect(low, `${score}`).toBeLessThanOrEqual(reach / thresholds.comparisons);
      expect(high, `${score}`).toBeGreaterThanOrEqual(reach / thresholds.comparisons);
      reach -= count;
    }
    const [rare, , common] = thresholds.scoreFor;
    expect(rare?.score).toBeGreaterThanOrEqual(common?.score ?? 100);
  });

  test('say that they are too few, and no rate of nobody', () => {
    const { thresholds } = domainScores(enrolled(world(1).people(1)), calibration);
    expect(thresholds).toMatchObject({ speakers: 1, comparisons: 0, enough: false, offset: 0 });
    expect(thresholds.atAuthentication).toEqual({ score: 90, rate: null, confidence95: null });
    expect(thresholds.confidence95).toBeNull();
    expect(thresholds.scoreFor.every(({ score }) => score === null)).toBe(true);
  });

  test('rise with an offset, within bounds, where strangers come closer than usual; a twin does not move it', () => {
    const usual = world(2).people(80);
    const offsetOf = (voices: Float32Array[]) => domainScores(enrolled(voices), calibration).thresholds.offset;
    const { again } = world(4);
    expect(offsetOf([...usual, again(usual[0] ?? new Float32Array(DIMENSION))])).toBeCloseTo(offsetOf(usual), 2);
    // Families: everybody has a few others who sound nearly alike.
    const families = Array.from({ length: 20 }, (_, i) => {
      const { people } = world(100 + i, 0.65);
      return people(4);
    }).flat();
    expect(offsetOf(families)).toBeGreaterThan(offsetOf(usual));
    expect(offsetOf(families)).toBeLessThanOrEqual(0.15);
  });
});
