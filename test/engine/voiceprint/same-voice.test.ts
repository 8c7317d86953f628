import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Prints } from '../../../engine/voiceprint/prints.ts';
import { sameVoiceLimit, sameVoices } from '../../../engine/voiceprint/same-voice.ts';
import { cosine, normalized } from '../../../engine/voiceprint/score.ts';
import { random } from '../audio/signals.ts';

const DIMENSION = 24;
const pause = () => Promise.resolve();

function prints(rows: readonly Float32Array[], ids = rows.map((_, row) => `id#${row}`)): Prints {
  const matrix = new Float32Array(rows.length * DIMENSION);
  for (const [i, row] of rows.entries()) matrix.set(row, i * DIMENSION);
  return { ids, dimension: DIMENSION, matrix };
}

/** Voices of people: each its own direction, all leaning a little to one side, as the voices of one line do. */
function people(count: number, seed = 1, leaning = 0.2): Float32Array[] {
  const draw = random(seed);
  // Sums of uniform numbers are near enough to normal ones.
  const gauss = () => draw() + draw() + draw() - 1.5;
  return Array.from({ length: count }, () =>
    normalized(Float32Array.from({ length: DIMENSION }, () => gauss() + leaning)),
  );
}

const again = (voice: Float32Array, seed: number) => {
  const draw = random(seed);
  return normalized(voice.map((value) => value + 0.06 * (draw() - 0.5)));
};

describe('same voices', () => {
  test('are found wherever they stand, as every pair one by one would tell', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 23 }),
        fc.array(fc.tuple(fc.nat(22), fc.nat(22)), { maxLength: 6 }),
        fc.nat(),
        async (count, copies, seed) => {
          const rows = people(count, seed);
          for (const [to, from] of copies) {
            const voice = rows[from];
            if (voice !== undefined && to < count) rows[to] = again(voice, seed + to);
          }
          const groups = await sameVoices(prints(rows), 0.95, pause);
          const together = new Set(groups.flatMap((group) => group.map((row) => `${row} ${group[0]}`)));
          for (const [i, one] of rows.entries()) {
            for (const [j, other] of rows.entries()) {
              if (i === j || cosine(one, other) < 0.95) continue;
              const first = groups.find((group) => group.includes(i))?.[0];
              expect(together).toContain(`${j} ${first}`);
            }
          }
          const alike = (row: number) =>
            rows.some((other, i) => i !== row && cosine(other, rows[row] ?? other) >= 0.95);
          expect(groups.flat().toSorted((a, b) => a - b)).toEqual([...rows.keys()].filter(alike));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('under one id are one person’s', async () => {
    const [voice] = people(1);
    if (voice === undefined) throw new Error('Nobody.');
    expect(await sameVoices(prints([voice, voice], ['id#1', 'id#1']), 0.9, pause)).toEqual([]);
    expect(await sameVoices(prints([voice, voice, voice], ['id#1', 'id#2', 'id#1']), 0.9, pause)).toEqual([[0, 1, 2]]);
  });
});

describe('the limit among these people', () => {
  const bounds = { least: 0.3, most: 0.9 };

  test('is the lower bound for few', () => {
    expect(sameVoiceLimit(prints([]), bounds)).toBe(0.3);
    expect(sameVoiceLimit(prints(people(19)), bounds)).toBe(0.3);
  });

  test.each([50, 400, 1000])('lets at most one of a hundred of %i strangers be told of', async (count) => {
    const all = prints(people(count, count));
    const limit = sameVoiceLimit(all, bounds);
    expect(limit).toBeGreaterThan(bounds.least);
    const told = (await sameVoices(all, limit, pause)).flat().length;
    expect(told).toBeLessThanOrEqual(Math.ceil(0.01 * count));
  });

  test('is higher among people who sound alike', () => {
    const limit = (leaning: number) => sameVoiceLimit(prints(people(100, 3, leaning)), bounds);
    expect(limit(0.3)).toBeGreaterThan(limit(0.1));
  });

  test.each([0.3, 0.6, 1])('finds an agent who is enrolled under %d of all names', async (share) => {
    const rows = people(100, 5);
    const agent = rows[0];
    if (agent === undefined) throw new Error('Nobody.');
    for (let i = 0; i < share * 100; i++) rows[i] = again(agent, i + 1);
    const all = prints(rows);
    const [group] = await sameVoices(all, sameVoiceLimit(all, bounds), pause);
    expect(group).toEqual(Array.from({ length: share * 100 }, (_, i) => i));
  });
});
