import { Piscina } from 'piscina';
import type { HearTask } from './ear-worker.ts';
import { type Line, newLine } from './line.ts';

/** Listens to the chunks of calls, on a thread of its own: batch work has others, of a lower priority. */
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

const SAMPLES_A_SECOND = 8000;
const MOST = 300 * SAMPLES_A_SECOND;
/** Listened to in one go: other calls' chunks come in between. */
const PIECE = 30 * SAMPLES_A_SECOND;

/** @param options threads: 1 is enough for some forty calls at once; each holds the model once more. */
export function createEar(options: { modelDirectory?: string | undefined; threads?: number }): Ear {
  const workers = new Piscina<HearTask, Line>({
    filename: new URL('./ear-worker.ts', import.meta.url).href,
    minThreads: 0,
    maxThreads: options.threads ?? 1,
    idleTimeout: 600_000,
    // As in the pool of batch work: a worker that blocks on its next task never gets to free native memory.
    atomics: 'disabled',
  });
  return {
    async hear(line, chunk, now, last) {
      const { modelDirectory } = options;
      const samples = chunk.subarray(Math.max(0, chunk.length - MOST));
      let heard = chunk.length > MOST ? { ...newLine(line.modelId), made: line.made } : line;
      for (let at = 0; at === 0 || at < samples.length; at += PIECE) {
        const piece = samples.slice(at, at + PIECE);
        // Milliseconds that the rest of the chunk takes on the line.
        const rest = (1000 * Math.max(0, samples.length - at - PIECE)) / SAMPLES_A_SECOND;
        const task = { modelDirectory, line: heard, chunk: piece, now: now - rest, last: last && rest === 0 };
        heard = await workers.run(task);
      }
      return heard;
    },
    close: () => workers.destroy(),
  };
}
