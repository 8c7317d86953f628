import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { split } from '../../../engine/voiceprint/one-voice.ts';
import { cosine, normalized, pooledEmbedding } from '../../../engine/voiceprint/score.ts';
import { cutsOf, placesOf } from '../../../engine/voiceprint/stretches.ts';
import { random } from '../audio/signals.ts';

const S = 8000;

describe('speech', () => {
  test('is cut at pauses, whole and in order, into stretches that are seldom short and never long', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 * S }), { maxLength: 30 }), (parts) => {
        const cuts = cutsOf(parts);
        const sum = (lengths: readonly number[]) => lengths.reduce((total, length) => total + length, 0);
        expect(sum(cuts)).toBe(sum(parts));
        for (const cut of cuts) expect(cut).toBeLessThanOrEqual(5 * S);
      }),
    );
  });

  test('of somebody who has the word for long is not mixed with what was said before', () => {
    expect(cutsOf([1 * S, 1 * S, 3 * S, 4 * S])).toEqual([2 * S, 3 * S, 4 * S]);
    expect(cutsOf([12 * S])).toEqual([4 * S, 4 * S, 4 * S]);
  });

  test('is found again in its recording, by the pauses that were left out', () => {
    const pause = fc.integer({ min: 1, max: 5 * S });
    fc.assert(
      fc.property(fc.array(fc.tuple(pause, fc.integer({ min: 1, max: 12 * S })), { maxLength: 12 }), (parts) => {
        let at = 0;
        const spans = parts.map(([before, length]) => {
          const from = at + before;
          at = from + length;
          return { from, to: at };
        });
        let cut = 0;
        const places = cutsOf(parts.map(([, length]) => length)).map((length) => {
          cut += length;
          return placesOf(spans, { from: cut - length, to: cut });
        });
        // All of them together are the speech: nothing twice, nothing of a pause.
        const marked: { from: number; to: number }[] = [];
        for (const { from, to } of places.flat()) {
          const last = marked.at(-1);
          if (last?.to === from) last.to = to;
          else marked.push({ from, to });
        }
        expect(marked).toEqual(spans);
      }),
    );
  });
});

/** Stretches of people, each around a direction of their own. */
function conversation(turns: readonly { who: number; netSpeechSeconds: number }[], seed: number) {
  const draw = random(seed);
  const vector = () => normalized(Float32Array.from({ length: 64 }, () => draw() + draw() + draw() - 1.5));
  const people = [vector(), vector(), vector()];
  return turns.map(({ who, netSpeechSeconds }) => {
    const noise = vector();
    const embedding = normalized((people[who] ?? noise).map((value, i) => value + 0.8 * (noise[i] ?? 0)));
    return { who, embedding, netSpeechSeconds };
  });
}

describe('a split', () => {
  const turn = (who: number, netSpeechSeconds = 3) => ({ who, netSpeechSeconds });

  test('finds who speaks when, in whatever order they do', () => {
    const turns = fc.tuple(fc.integer({ min: 2, max: 8 }), fc.integer({ min: 2, max: 8 })).chain(([a, b]) =>
      fc.shuffledSubarray([...Array.from({ length: a }, () => turn(0)), ...Array.from({ length: b }, () => turn(1))], {
        minLength: a + b,
      }),
    );
    fc.assert(
      fc.property(turns, fc.nat(), (order, seed) => {
        const found = split(conversation(order, seed), 5);
        expect(found?.groups.every((group) => new Set(group.map(({ who }) => who)).size === 1)).toBe(true);
        expect(found?.cosine).toBeLessThan(0.5);
      }),
    );
  });

  test('of one person has two groups that sound alike', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 20 }), fc.nat(), (count, seed) => {
        const parts = conversation(
          Array.from({ length: count }, () => turn(0)),
          seed,
        );
        const found = split(parts, 5);
        if (found === undefined) return;
        expect(found.cosine).toBeGreaterThan(0.5);
        expect(found.cosine).toBeCloseTo(
          cosine(...(found.groups.map(pooledEmbedding) as [Float32Array, Float32Array])),
        );
      }),
    );
  });

  test('leaves out what is too short to be anybody, and looks at the rest', () => {
    const one = Array.from({ length: 15 }, (_, i) => (i === 7 ? turn(2, 2) : turn(0)));
    const found = split(conversation(one, 4), 5);
    expect(found?.cosine).toBeGreaterThan(0.5);
  });

  test('says nothing of too little', () => {
    expect(split([], 5)).toBeUndefined();
    expect(split(conversation([turn(0)], 1), 5)).toBeUndefined();
    expect(split(conversation([turn(0), turn(1)], 1), 5)).toBeUndefined();
  });
});
