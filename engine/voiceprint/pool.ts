import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { NotEnoughSpeechError } from '../audio/errors.ts';
import { checkAudio, checkVoices, type HeardRecording } from './checks.ts';
import { ModelError } from './errors.ts';
import { listen } from './listen.ts';
import { type ModelDescription, readModel, type SpeakerModel } from './model.ts';
import type { Recording } from './recording.ts';
import { pooledEmbedding } from './score.ts';
import type { Listened, ListenTask, ProveTask } from './worker.ts';

export interface Extraction {
  /** [dimension], of length 1. */
  embedding: Float32Array;
  netSpeechSeconds: number;
}

export interface ExtractOptions {
  /** Net speech, in seconds, that the recordings must hold together. */
  minimumNetSpeechSeconds: number;
  /** Whether all recordings are held against each other, and each against itself, for a second voice; else they are taken as they are. */
  oneVoice?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/** Voiceprints, made off the main thread by one worker a core. */
export interface VoiceprintPool {
  readonly model: Pick<SpeakerModel, 'id' | 'name' | 'dimension'> & Pick<ModelDescription, 'calibration' | 'voices'>;
  /** How many recordings can be worked on at once. */
  readonly width: number;
  /**
   * Pools the recordings, in order, until they hold enough speech. The rest is not read; with `oneVoice` a little of it is,
   * to hear who speaks there.
   * @throws AudioError where they don't, one can't be used, or more than one person speaks.
   */
  extract(recordings: AsyncIterable<Recording>, options: ExtractOptions): Promise<Extraction>;
  close(): Promise<void>;
}

/** Seconds of speech that say who speaks in a recording that adds nothing to the voiceprint any more. */
const TELLS_WHO = 6;

/** @throws ModelError where the model can't be loaded or fails its proof. */
export async function createVoiceprintPool(
  options: { modelDirectory?: string | undefined; workers?: number | undefined } = {},
): Promise<VoiceprintPool> {
  const { modelDirectory } = options;
  const model = await readModel(modelDirectory);
  const width = options.workers ?? availableParallelism();
  const workers = new Piscina<ListenTask | ProveTask, Listened | string | undefined>({
    filename: new URL('./worker.ts', import.meta.url).href,
    minThreads: 1,
    maxThreads: width,
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

  return {
    model,
    width,
    async extract(recordings, { minimumNetSpeechSeconds, oneVoice = false, signal }) {
      const run = async (task: Omit<ListenTask, 'modelDirectory' | 'inStretches'>): Promise<Listened> => {
        const heard = await workers.run(
          { modelDirectory, inStretches: oneVoice, ...task },
          signal === undefined ? {} : { signal },
        );
        if (typeof heard !== 'object') throw new TypeError('A worker answered another question.');
        return heard;
      };
      const all: HeardRecording[] = [];
      let netSpeechSeconds = 0;
      for await (const recording of recordings) {
        const missing = minimumNetSpeechSeconds - netSpeechSeconds;
        const heard = await listen(recording, { enough: Math.max(missing, TELLS_WHO), sample: oneVoice }, run);
        if (oneVoice) checkAudio(heard);
        all.push(heard);
        netSpeechSeconds += heard.netSpeechSeconds;
        if (netSpeechSeconds >= minimumNetSpeechSeconds && !oneVoice) break;
      }
      if (oneVoice) checkVoices(all, model.voices);
      if (netSpeechSeconds < minimumNetSpeechSeconds) {
        throw new NotEnoughSpeechError(
          `Not enough speech: found ${netSpeechSeconds.toFixed(1)} s of net speech in ${all.length} recording${all.length === 1 ? '' : 's'}, expected at least ${minimumNetSpeechSeconds} s.`,
        );
      }
      return { embedding: pooledEmbedding(all.flatMap(({ stretches }) => stretches)), netSpeechSeconds };
    },
    close: () => workers.destroy(),
  };
}
