import { type Line, newLine } from './line.ts';

/** Listens to the chunks of calls. */
export interface Ear {
  /**
   * The line after a chunk.
   * @param chunk mu-law, 8 kHz, one channel; of more than five minutes only the last five are listened to.
   * @param now when it came, epoch milliseconds.
   * @param last whether no more audio comes.
   */
  hear(line: Line, chunk: Uint8Array, now: number, last: boolean): Promise<Line>;
  close(): Promise<void>;
}

/** Some of a chunk, to listen to in one go. */
export interface Piece {
  line: Line;
  /** Mu-law, 8 kHz, one channel. */
  chunk: Uint8Array;
  now: number;
  last: boolean;
}

const SAMPLES_A_SECOND = 8000;
const MOST = 300 * SAMPLES_A_SECOND;
/** Other calls' chunks come in between. */
const PIECE = 30 * SAMPLES_A_SECOND;

/** An ear that listens to a long chunk in pieces. @param look what listens to a piece: `hear` of line.ts. */
export function earOf(look: (piece: Piece) => Promise<Line>, close: () => Promise<void>): Ear {
  return {
    async hear(line, chunk, now, last) {
      const samples = chunk.subarray(Math.max(0, chunk.length - MOST));
      let heard = chunk.length > MOST ? { ...newLine(line.modelId), made: line.made } : line;
      for (let at = 0; at === 0 || at < samples.length; at += PIECE) {
        // Milliseconds that the rest of the chunk takes on the line.
        const rest = (1000 * Math.max(0, samples.length - at - PIECE)) / SAMPLES_A_SECOND;
        const piece = { line: heard, chunk: samples.slice(at, at + PIECE), now: now - rest, last: last && rest === 0 };
        heard = await look(piece);
      }
      return heard;
    },
    close,
  };
}
