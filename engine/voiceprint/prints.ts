/** Voiceprints of one model as the rows of one matrix. */
export interface Prints {
  readonly ids: readonly string[];
  readonly dimension: number;
  /** [n, dimension], row by row; each row of length 1. */
  readonly matrix: Float32Array;
}

/** One row, not copied: [dimension]. */
export function rowOf({ dimension, matrix }: Prints, row: number): Float32Array {
  return matrix.subarray(row * dimension, (row + 1) * dimension);
}

/** Cosines of a voice, [dimension] of length 1, with each row: [n]. */
export function cosinesWith(voice: Float32Array, { ids, dimension, matrix }: Prints): Float32Array {
  if (voice.length !== dimension) {
    throw new RangeError(`Embeddings of ${voice.length} and ${dimension} numbers can't be compared.`);
  }
  const cosines = new Float32Array(ids.length);
  for (let row = 0, at = 0; row < cosines.length; row++) {
    let sum = 0;
    for (let column = 0; column < dimension; column++, at++) sum += (voice[column] ?? 0) * (matrix[at] ?? 0);
    cosines[row] = sum;
  }
  return cosines;
}
