import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { ModelError } from './errors.ts';
import { LiveFirst, live } from './live-first.ts';
import { readDescription } from './model.ts';
import type { OutlineTask } from './outline.ts';
import { type Computes, poolOf, type VoiceprintPool } from './pool-of.ts';
import type { Listened, ListenTask, ProveTask } from './worker.ts';

type Workers = Piscina<ListenTask | OutlineTask | ProveTask, Listened | Float32Array | string | undefined>;

/** @throws ModelError where the model can't be loaded or fails its proof. */
export async function createVoiceprintPool(
  options: { modelDirectory?: string | undefined; workers?: number | undefined } = {},
): Promise<VoiceprintPool> {
  const { modelDirectory } = options;
  const width = options.workers ?? availableParallelism();
  const workers: Workers = new Piscina({
    filename: new URL('./worker.ts', import.meta.url).href,
    minThreads: 1,
    maxThreads: width,
    taskQueue: new LiveFirst(),
    idleTimeout: 60_000,
    // Behind whoever waits for an answer: calls that are listened to, and this process's main thread. Of threads, on Linux.
    niceIncrement: 10,
    // A worker that blocks on its next task never gets to free native memory: a megabyte for every recording, measured.
    atomics: 'disabled',
  });
  try {
    // The first worker checks the model and loads it, which it needs anyway: this thread has other things to do.
    const [model, wrong] = await Promise.all([
      readDescription(modelDirectory),
      workers.run({ modelDirectory, prove: true }),
    ]);
    if (typeof wrong === 'string') throw new ModelError(wrong);
    return poolOf({ model, width, modelDirectory }, computesOn(workers));
  } catch (error) {
    await workers.destroy();
    throw error;
  }
}

function computesOn(workers: Workers): Computes {
  const another = () => new TypeError('A worker answered another question.');
  return {
    async listen(task, waitedFor) {
      const heard = await workers.run(waitedFor ? live(task) : task);
      if (typeof heard !== 'object' || heard instanceof Float32Array) throw another();
      return heard;
    },
    async outline(task) {
      const pairs = await workers.run(live(task));
      if (!(pairs instanceof Float32Array)) throw another();
      return pairs;
    },
    close: () => workers.destroy(),
  };
}
