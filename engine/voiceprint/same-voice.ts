import type { VoiceLimits } from './limits.ts';
import { type Prints, rowOf } from './prints.ts';
import { cosine } from './score.ts';

/** Rows against rows at a time: what is read of the matrix is used eight times over. */
const ROWS = 4;
const COLUMNS = 2;

/** Sets that are joined as their members turn out to be alike (union-find with path halving). */
class Sets {
  readonly #parent: Int32Array;

  constructor(count: number) {
    this.#parent = Int32Array.from({ length: count }, (_, i) => i);
  }

  of(member: number): number {
    const parent = this.#parent;
    let at = member;
    for (;;) {
      const up = parent[at] ?? at;
      if (up === at) return at;
      const higher = parent[up] ?? up;
      parent[at] = higher;
      at = higher;
    }
  }

  join(a: number, b: number): void {
    const [one, other] = [this.of(a), this.of(b)];
    if (one !== other) this.#parent[Math.max(one, other)] = Math.min(one, other);
  }
}

/** Rows of length 0 at the end, so that blocks are whole: nobody is like those. */
function padded({ ids, dimension, matrix }: Prints): Float32Array {
  const rows = Math.ceil(ids.length / ROWS) * ROWS;
  const whole = new Float32Array(rows * dimension);
  whole.set(matrix);
  return whole;
}

/**
 * Which voices are one and the same: every print against every other, and who is like somebody like oneself belongs to
 * the same group. 10,000 prints of 192 numbers are ten thousand million products: four seconds of one core, in turns of
 * some milliseconds.
 * @param limit the cosine from which on two prints are one voice's; above 0.
 * @param pause lets others have their turn.
 * @returns the rows of each group that has more than one id, in order.
 */
export async function sameVoices(prints: Prints, limit: number, pause: () => Promise<void>): Promise<number[][]> {
  const { ids, dimension } = prints;
  const matrix = padded(prints);
  const count = matrix.length / dimension;
  const sets = new Sets(count);
  const cosines = new Float64Array(ROWS * COLUMNS);
  for (let row = 0; row < count; row += ROWS) {
    for (let column = row; column < count; column += COLUMNS) {
      products(matrix, dimension, row, column, cosines);
      for (let i = 0; i < cosines.length; i++) {
        if ((cosines[i] ?? 0) >= limit) sets.join(row + (i >> 1), column + (i & 1));
      }
    }
    await pause();
  }
  const groups = Map.groupBy(ids.keys(), (row) => sets.of(row));
  return [...groups.values()].filter((rows) => new Set(rows.map((row) => ids[row])).size > 1);
}

/** Dot products of four rows with two others, row by row: eight sums are held while each number is read once. */
function products(matrix: Float32Array, dimension: number, row: number, column: number, into: Float64Array): void {
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => (row + i) * dimension) as [number, number, number, number];
  const x = column * dimension;
  const y = x + dimension;
  let [ax, ay, bx, by, cx, cy, dx, dy] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let k = 0; k < dimension; k++) {
    const one = matrix[x + k] ?? 0;
    const other = matrix[y + k] ?? 0;
    const va = matrix[a + k] ?? 0;
    const vb = matrix[b + k] ?? 0;
    const vc = matrix[c + k] ?? 0;
    const vd = matrix[d + k] ?? 0;
    ax += va * one;
    ay += va * other;
    bx += vb * one;
    by += vb * other;
    cx += vc * one;
    cy += vc * other;
    dx += vd * one;
    dy += vd * other;
  }
  into[0] = ax;
  into[1] = ay;
  into[2] = bx;
  into[3] = by;
  into[4] = cx;
  into[5] = cy;
  into[6] = dx;
  into[7] = dy;
}

/** Speakers from which on their own comparisons say how alike strangers sound here. */
const ENOUGH = 20;
/** Comparisons looked at for that. */
const LOOKED_AT = 20_000;
/** Share of requests that may be told of although nobody else has their voice. */
const FALSE_SHARE = 0.01;

/** Comparisons spread evenly over all pairs of rows, ascending. */
function someCosines(prints: Prints): Float64Array {
  const { ids } = prints;
  const count = ids.length;
  const row = (i: number) => rowOf(prints, i);
  const cosines: number[] = [];
  const apart = Math.max(1, Math.ceil((count * (count - 1)) / 2 / LOOKED_AT));
  let skipped = 0;
  for (let i = 0; i < count; i++) {
    let j = i + 1 + skipped;
    for (; j < count; j += apart) if (ids[i] !== ids[j]) cosines.push(cosine(row(i), row(j)));
    skipped = j - count;
  }
  return Float64Array.from(cosines).sort();
}

/**
 * The quantile of the normal distribution below which all but `share` lies, for a share of 0.01 or less: to 0.003
 * (Hastings' approximation; Abramowitz and Stegun, 26.2.23).
 */
function normalQuantile(share: number): number {
  const t = Math.sqrt(-2 * Math.log(share));
  return t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3);
}

/**
 * The cosine from which on two of these voices are one. The more people are held against each other the more strangers
 * come close by chance, and how close that is depends on what they say, and over what: so it is taken from their own
 * comparisons, of which nearly all are strangers' (median, and the spread below it, which one voice under many names
 * does not move), within the bounds that the model has. Few people say nothing of themselves: for them the lower bound.
 */
export function sameVoiceLimit(prints: Prints, { least, most }: VoiceLimits['sameVoice']): number {
  const count = prints.ids.length;
  const cosines = count < ENOUGH ? new Float64Array() : someCosines(prints);
  const at = (share: number) => cosines[Math.floor(share * cosines.length)];
  const [median, low] = [at(0.5), at(0.16)];
  if (median === undefined || low === undefined) return least;
  return Math.min(most, Math.max(least, median + (median - low) * normalQuantile(FALSE_SHARE / (count - 1))));
}
