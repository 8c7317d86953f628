import { cosine, pooledEmbedding } from './score.ts';
import type { Stretch } from './stretches.ts';

export interface Split<T> {
  /** Of the two groups' voices, -1 to 1. */
  cosine: number;
  /** The one with more speech first. */
  groups: [T[], T[]];
}

/** Rounds after which groups that still change are taken as they are; two or three is what it takes. */
const ROUNDS = 10;

export const secondsOf = (parts: readonly Stretch[]): number =>
  parts.reduce((sum, { netSpeechSeconds }) => sum + netSpeechSeconds, 0);

function farthestPair<T extends Stretch>(parts: readonly T[]): [T, T] | undefined {
  let farthest: [T, T] | undefined;
  let lowest = Number.POSITIVE_INFINITY;
  for (const [i, one] of parts.entries()) {
    for (const other of parts.slice(i + 1)) {
      const value = cosine(one.embedding, other.embedding);
      if (value < lowest) {
        lowest = value;
        farthest = [one, other];
      }
    }
  }
  return farthest;
}

/** The two groups that are found from a first guess; undefined where all are closer to one of them. */
function settle<T extends Stretch>(parts: readonly T[], guess: [T, T]): [T[], T[]] | undefined {
  let [one, other] = guess.map(({ embedding }) => embedding);
  let groups: [T[], T[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    if (one === undefined || other === undefined) return undefined;
    const next: [T[], T[]] = [[], []];
    for (const part of parts) next[cosine(part.embedding, one) >= cosine(part.embedding, other) ? 0 : 1].push(part);
    if (next.some((group) => group.length === 0)) return undefined;
    const settled = next[0].length === groups[0].length && next[0].every((part, i) => part === groups[0][i]);
    groups = next;
    if (settled) break;
    [one, other] = groups.map(pooledEmbedding);
  }
  return groups;
}

/**
 * The two groups that speech falls into if two people speak: those furthest apart are taken for different people's, all
 * others join the one that they are closer to, and that again with the groups' means (k-means on the sphere, k = 2). How
 * alike the groups' means are tells one person from two better than how alike any two short stretches are. A group that
 * holds too little is left out, a laugh or a door, and the rest is looked at again.
 * @param least seconds of speech that each group must hold: less does not say who speaks.
 * @returns undefined where there is too little to tell.
 */
export function split<T extends Stretch>(parts: readonly T[], least: number): Split<T> | undefined {
  let left = parts;
  while (secondsOf(left) >= 2 * least) {
    const guess = farthestPair(left);
    const groups = guess && settle(left, guess);
    if (groups === undefined) return undefined;
    const [one, other] = groups;
    const [more, less] = secondsOf(one) >= secondsOf(other) ? [one, other] : [other, one];
    if (secondsOf(less) >= least)
      return { cosine: cosine(pooledEmbedding(more), pooledEmbedding(less)), groups: [more, less] };
    left = more;
  }
  return undefined;
}
