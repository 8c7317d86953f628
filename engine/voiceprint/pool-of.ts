import { AudioError, NotEnoughSpeechError } from '../audio/errors.ts';
import { checkAudio, checkVoices, type HeardRecording } from './checks.ts';
import { drawn, type Waveform } from './drawn.ts';
import { listen, sumOfSeconds } from './listen.ts';
import type { ModelDescription, SpeakerModel } from './model.ts';
import type { OutlineTask } from './outline.ts';
import type { Recording } from './recording.ts';
import { pooledEmbedding } from './score.ts';
import type { Listened, ListenTask } from './worker.ts';

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

/** Makes voiceprints, off the main thread where it has others. */
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

/** What computes: on threads, or on the one that asks. */
export interface Computes {
  /** @param waitedFor whether somebody waits for it: it goes before what nobody does. */
  listen(task: ListenTask, waitedFor: boolean): Promise<Listened>;
  outline(task: OutlineTask): Promise<Float32Array> | Float32Array;
  close(): Promise<void>;
}

/** Seconds of speech that say who speaks in a recording that adds nothing to the voiceprint any more. */
const TELLS_WHO = 6;

/** Voiceprints by whatever computes. `model` may be another than the one that `modelDirectory` names only in tests. */
export function poolOf(
  { model, width, modelDirectory }: Pick<VoiceprintPool, 'model' | 'width'> & Pick<ListenTask, 'modelDirectory'>,
  computes: Computes,
): VoiceprintPool {
  /** @param all is given each recording as soon as it was listened to: what is refused was heard, too. */
  async function extract(
    recordings: AsyncIterable<Recording>,
    { minimumNetSpeechSeconds }: ExtractOptions,
    { all, waitedFor }: { all: HeardRecording[]; waitedFor: boolean },
  ): Promise<Extraction> {
    let netSpeechSeconds = 0;
    for await (const recording of recordings) {
      const missing = sumOfSeconds(minimumNetSpeechSeconds, -netSpeechSeconds);
      const heard = await listen(recording, Math.max(missing, TELLS_WHO), (task) =>
        computes.listen({ modelDirectory, ...task }, waitedFor),
      );
      all.push(heard);
      checkAudio(heard);
      netSpeechSeconds = sumOfSeconds(netSpeechSeconds, heard.netSpeechSeconds);
    }
    checkVoices(all, model.voices);
    if (netSpeechSeconds < minimumNetSpeechSeconds) {
      throw new NotEnoughSpeechError(
        `Not enough speech: found ${netSpeechSeconds.toFixed(1)} s of net speech in ${all.length} recording${all.length === 1 ? '' : 's'}, expected at least ${minimumNetSpeechSeconds} s.`,
      );
    }
    return { embedding: pooledEmbedding(all.flatMap(({ stretches }) => stretches)), netSpeechSeconds };
  }

  async function examine(recordings: AsyncIterable<Recording>, options: ExtractOptions): Promise<Examination> {
    const all: HeardRecording[] = [];
    let last: Recording | undefined;
    async function* noted() {
      for await (const recording of recordings) {
        last = recording;
        yield recording;
      }
    }
    let refusal: AudioError | undefined;
    try {
      await extract(noted(), options, { all, waitedFor: true });
    } catch (error) {
      if (!(error instanceof AudioError)) throw error;
      refusal = error;
    }
    const heard = all.at(-1);
    if (heard === undefined || last === undefined) return { refusal };
    return { refusal, heard, waveform: await drawn(last, heard.layout, (task) => computes.outline(task)) };
  }

  return {
    model,
    width,
    extract: (recordings, options) => extract(recordings, options, { all: [], waitedFor: false }),
    examine,
    close: () => computes.close(),
  };
}
