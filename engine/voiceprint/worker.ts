import { UnusableRecordingError } from '../audio/errors.ts';
import { VoiceActivity } from '../audio/voice-activity.ts';
import { readWav, SAMPLE_RATE } from '../audio/wav.ts';
import { Extractor } from './extractor.ts';
import { readModel } from './model.ts';

/** One recording to listen to. Bytes are moved, not copied. */
export interface ListenTask {
  modelDirectory?: string | undefined;
  bytes: Uint8Array;
  channelId: number;
  uri: string;
  /** Seconds of speech after which the rest is not looked at. */
  enough: number;
}

export interface Listened {
  netSpeechSeconds: number;
  /** Undefined where nobody speaks. */
  embedding?: Float32Array;
}

/** An unusable recording is a result, not an error: between threads an error loses its class and its name. */
export type Heard = Listened | { unusable: string };

/** Shorter speech than this has no voice to speak of, seconds. */
const SHORTEST = 0.5;

let loaded: Promise<{ activity: VoiceActivity; extractor: Extractor }> | undefined;

async function load(modelDirectory: string | undefined) {
  const extractor = new Extractor(await readModel(modelDirectory));
  extractor.prove();
  return { activity: new VoiceActivity(), extractor };
}

/** Decode, keep the speech, embed: everything that computes, in one go on one thread. */
export default async function listen(task: ListenTask): Promise<Heard> {
  loaded ??= load(task.modelDirectory);
  const { activity, extractor } = await loaded;
  let samples: Float32Array;
  try {
    samples = readWav(task.bytes, task.channelId, task.uri);
  } catch (error) {
    if (error instanceof UnusableRecordingError) return { unusable: error.message };
    throw error;
  }
  const speech = activity.speech(samples, task.enough);
  const netSpeechSeconds = speech.length / SAMPLE_RATE;
  if (netSpeechSeconds < SHORTEST) return { netSpeechSeconds };
  return { netSpeechSeconds, embedding: extractor.embed(speech) };
}
