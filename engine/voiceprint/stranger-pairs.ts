import { closeness, rank, type StrangerPrior } from './closeness.ts';

/** Two of the enrolled, by their rows, each held against all the others as a voice on the line would be. */
export interface StrangerPair {
  a: number;
  b: number;
  similarity: number;
  /** So alike that they are taken for one person enrolled twice: no pair of strangers. */
  sameVoice: boolean;
}

/**
 * All pairs of the enrolled.
 * @param rows [n][n] the cosines of each with each.
 * @param sameVoice the cosine from which on two of them are one voice.
 */
export function strangerPairs(rows: readonly Float32Array[], prior: StrangerPrior, sameVoice: number): StrangerPair[] {
  const voices = rows.map((cosines) => {
    // Itself is among them.
    const same = [...cosines.keys()].filter((row) => (cosines[row] ?? 0) >= sameVoice);
    return { cosines, same, ranked: rank(cosines) };
  });
  const pairs: StrangerPair[] = [];
  for (const [a, one] of voices.entries()) {
    for (let b = a + 1; b < voices.length; b++) {
      const other = voices[b];
      const cosine = one.cosines[b];
      if (other === undefined || cosine === undefined) continue;
      const without = new Set([a, b, ...one.same, ...other.same]);
      const close = (closeness(one.ranked, without, prior) + closeness(other.ranked, without, prior)) / 2;
      pairs.push({ a, b, similarity: cosine - close, sameVoice: cosine >= sameVoice });
    }
  }
  return pairs;
}
