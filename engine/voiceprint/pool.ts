import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { DifferentSpeakersError, NotEnoughSpeechError, UnusableRecordingError } from '../audio/errors.ts';
import { type ModelDescription, readModel, type SpeakerModel } from './model.ts';
import { cosine, pooledEmbedding } from './score.ts';
import type { Heard, Listened, ListenTask } from './worker.ts';

export interface Recording {
  /** For messages. */
  uri: string;
  bytes: Uint8Array;
  channelId: number;
}

export interface Extraction {
  /** [dimension], of length 1. */
  embedding: Float32Array;
  netSpeechSeconds: number;
}

export interface ExtractOptions {
  /** Net speech, in seconds, that the recordings must hold together; no more is listened to. */
  minimumNetSpeechSeconds: number;
  signal?: AbortSignal | undefined;
}

/** Voiceprints, made off the main thread by one worker a core. */
export interface VoiceprintPool {
  readonly model: Pick<SpeakerModel, 'id' | 'name' | 'dimension'> & Pick<ModelDescription, 'calibration'>;
  /** How many recordings can be worked on at once. */
  readonly width: number;
  /**
   * Pools the recordings, in order, until they hold enough speech; the rest is not read.
   * @throws AudioError where they don't, one can't be used, or they disagree on who speaks.
   */
  extract(recordings: AsyncIterable<Recording>, options: ExtractOptions): Promise<Extraction>;
  close(): Promise<void>;
}

/** Speech in a recording below this is too short to say that somebody else speaks, seconds. */
const TELLS_WHO = 5;
/** Below this cosine, two recordings of one request are taken for different people's. */
const DIFFERENT_SPEAKERS = 0.2;

/** @throws ModelError where the model can't be loaded or fails its proof. */
export async function createVoiceprintPool(
  options: { modelDirectory?: string | undefined; workers?: number | undefined } = {},
): Promise<VoiceprintPool> {
  const model = await readModel(options.modelDirectory);
  const width = options.workers ?? availableParallelism();
  const workers = new Piscina<ListenTask, Heard>({
    filename: new URL('./worker.ts', import.meta.url).href,
    minThreads: 1,
    maxThreads: width,
    idleTimeout: 60_000,
    // Behind whoever waits for an answer: calls that are listened to, and this process's main thread. Of threads, on Linux.
    niceIncrement: 10,
    // A worker that blocks on its next task never gets to free native memory: a megabyte for every recording, measured.
    atomics: 'disabled',
  });

  const listen = async (recording: Recording, enough: number, signal?: AbortSignal): Promise<Listened> => {
    const { modelDirectory } = options;
    const task = { modelDirectory, ...recording, enough };
    const heard = await workers.run(task, signal === undefined ? {} : { signal });
    if ('unusable' in heard) throw new UnusableRecordingError(heard.unusable);
    return heard;
  };

  return {
    model,
    width,
    async extract(recordings, { minimumNetSpeechSeconds, signal }) {
      const parts: (Extraction & { uri: string })[] = [];
      let netSpeechSeconds = 0;
      let heard = 0;
      for await (const recording of recordings) {
        heard++;
        const { uri } = recording;
        const part = await listen(recording, minimumNetSpeechSeconds - netSpeechSeconds, signal);
        netSpeechSeconds += part.netSpeechSeconds;
        if (part.embedding !== undefined) {
          const { embedding } = part;
          const first = parts.find((other) => other.netSpeechSeconds >= TELLS_WHO);
          if (first && part.netSpeechSeconds >= TELLS_WHO && cosine(first.embedding, embedding) < DIFFERENT_SPEAKERS) {
            throw new DifferentSpeakersError(
              `The recordings ${first.uri} and ${uri} sound like different people, expected one speaker in all recordings of a request.`,
            );
          }
          parts.push({ uri, embedding, netSpeechSeconds: part.netSpeechSeconds });
        }
        if (netSpeechSeconds >= minimumNetSpeechSeconds) break;
      }
      if (netSpeechSeconds < minimumNetSpeechSeconds) {
        throw new NotEnoughSpeechError(
          `Not enough speech: found ${netSpeechSeconds.toFixed(1)} s of net speech in ${heard} recording${heard === 1 ? '' : 's'}, expected at least ${minimumNetSpeechSeconds} s.`,
        );
      }
      return { embedding: pooledEmbedding(parts), netSpeechSeconds };
    },
    close: () => workers.destroy(),
  };
}
