import { Piscina } from 'piscina';
import { type Ear, earOf } from './ear.ts';
import type { HearTask } from './ear-worker.ts';
import type { Line } from './line.ts';

/**
 * An ear on a thread of its own: batch work has others, of a lower priority.
 * @param options threads: 1 is enough for some forty calls at once; each holds the model once more.
 */
export function createEar(options: { modelDirectory?: string | undefined; threads?: number }): Ear {
  const { modelDirectory, threads = 1 } = options;
  const workers = new Piscina<HearTask, Line>({
    filename: new URL('./ear-worker.ts', import.meta.url).href,
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: 600_000,
    // As in the pool of batch work: a worker that blocks on its next task never gets to free native memory.
    atomics: 'disabled',
  });
  return earOf(
    (piece) => workers.run({ modelDirectory, ...piece }),
    () => workers.destroy(),
  );
}
