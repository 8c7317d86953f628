import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import type { AudioError } from '../audio/errors.ts';
import type { HeardRecording } from './checks.ts';
import type { Waveform } from './drawn.ts';
import { ModelError } from './errors.ts';
import { LiveFirst, live } from './live-first.ts';
import { type ModelDescription, readModel, type SpeakerModel } from './model.ts';
import type { OutlineTask } from './outline.ts';
import { poolOf } from './pool-of.ts';
import type { Recording } from './recording.ts';
import type { Listened, ListenTask, ProveTask } from './worker.ts';

export interface Extraction {
  /** [dimension], of length 1. */
  embedding: Float32Array;
  netSpeechSeconds: number;
}

export interface ExtractOptions {
  /** Net speech, in seconds, that the recordings must hold together. */
  minimumNetSpeechSeconds: number;
}

/** What extracting finds out on its way, of the last of its recordings. */
export interface Examination {
  /** What `extract` would throw. */
  refusal: AudioError | undefined;
  /** Not there where it could not be read. */
  heard?: HeardRecording;
  waveform?: Waveform;
}

/** Voiceprints, made off the main thread by one worker a core. */
export interface VoiceprintPool {
  readonly model: ModelDescription & Pick<SpeakerModel, 'id'>;
  /** How many recordings can be worked on at once. */
  readonly width: number;
  /**
   * Pools the recordings, in order, until they hold enough speech. Of the rest a little is read, to hear who speaks there:
   * all recordings are held against each other, and each against itself, for a second voice.
   * @throws AudioError where they don't, one can't be used, or more than one person speaks.
   */
  extract(recordings: AsyncIterable<Recording>, options: ExtractOptions): Promise<Extraction>;
  /** Does what `extract` does, and tells what it came across in place of a voiceprint. */
  examine(recordings: AsyncIterable<Recording>, options: ExtractOptions): Promise<Examination>;
  close(): Promise<void>;
}

type Task = ListenTask | OutlineTask | ProveTask;

/** @throws ModelError where the model can't be loaded or fails its proof. */
export async function createVoiceprintPool(
  options: { modelDirectory?: string | undefined; workers?: number | undefined } = {},
): Promise<VoiceprintPool> {
  const { modelDirectory } = options;
  const model = await readModel(modelDirectory);
  const width = options.workers ?? availableParallelism();
  const workers = new Piscina<Task, Listened | Float32Array | string | undefined>({
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
  // The first worker loads the model for it, which it needs anyway.
  const wrong = await workers.run({ modelDirectory, prove: true });
  if (typeof wrong === 'string') {
    await workers.destroy();
    throw new ModelError(wrong);
  }

  const another = () => new TypeError('A worker answered another question.');
  return poolOf(
    { model, width, modelDirectory },
    {
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
    },
  );
}
