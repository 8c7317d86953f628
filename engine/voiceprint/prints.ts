/** Voiceprints of one model as the rows of one matrix. */
export interface Prints {
  readonly ids: readonly string[];
  readonly dimension: number;
  /** [n, dimension], row by row; each row of length 1. */
  readonly matrix: Float32Array;
}
