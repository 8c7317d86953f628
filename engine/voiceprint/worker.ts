import sherpa from 'sherpa-onnx-node';
import { type Span, VoiceActivity } from '../audio/voice-activity.ts';
import { decode, SAMPLE_RATE, type WavFormat } from '../audio/wav.ts';
import { ModelError } from './errors.ts';
import { Extractor } from './extractor.ts';
import { readModel } from './model.ts';
import { type OutlineTask, outline } from './outline.ts';
import { cutsOf, fullScaleShare, type PlacedStretch, placesOf, powerOf, stretchesOf } from './stretches.ts';

/** A piece of a recording to listen to. */
export interface ListenTask {
  modelDirectory?: string | undefined;
  /** Whole frames of the WAV file. */
  frames: Uint8Array;
  format: WavFormat;
  channelId: number;
  /** Seconds of speech after which the rest is not looked at. */
  enough: number;
}

export interface Listened {
  /** From the piece's beginning to where there was enough, or to its end. */
  lookedSeconds: number;
  netSpeechSeconds: number;
  /** Where the speech is, seconds from the piece's beginning. */
  speech: Span[];
  /** Share of the speech's samples that are as loud as the format allows. */
  fullScale: number;
  /** Mean square of the speech's samples. */
  power: number;
  /** None where nobody speaks. Places are in seconds from the piece's beginning. */
  stretches: PlacedStretch[];
}

/** Proves the model, and no more. */
export type ProveTask = Pick<ListenTask, 'modelDirectory'> & { prove: true };

let loaded: Promise<{ activity: VoiceActivity; extractor: Extractor }> | undefined;

async function load(modelDirectory: string | undefined) {
  return { extractor: new Extractor(await readModel(modelDirectory)), activity: new VoiceActivity() };
}

/** Between threads an error loses its class: what is wrong with the model, undefined where nothing is. */
async function whatIsWrong(modelDirectory: string | undefined): Promise<string | undefined> {
  try {
    loaded ??= load(modelDirectory);
    (await loaded).extractor.prove();
    return undefined;
  } catch (error) {
    if (error instanceof ModelError) return error.message;
    throw error;
  }
}

const inSeconds = (spans: readonly Span[]): Span[] =>
  spans.map(({ from, to }) => ({ from: from / SAMPLE_RATE, to: to / SAMPLE_RATE }));

/** Decode, keep the speech, embed: everything that computes, in one go on one thread. */
export async function listen(task: ListenTask): Promise<Listened> {
  loaded ??= load(task.modelDirectory);
  const { activity, extractor } = await loaded;
  const { sampleRate } = task.format;
  const raw = decode(task.frames, task.format, task.channelId);
  const samples =
    sampleRate === SAMPLE_RATE ? raw : new sherpa.LinearResampler(sampleRate, SAMPLE_RATE).resample(raw, true);
  const { speech, spans, looked } = activity.find(samples, task.enough);
  const stretches = stretchesOf(speech, cutsOf(spans.map(({ from, to }) => to - from)), extractor);
  return {
    lookedSeconds: looked / SAMPLE_RATE,
    netSpeechSeconds: speech.length / SAMPLE_RATE,
    speech: inSeconds(spans),
    fullScale: fullScaleShare(speech),
    power: powerOf(speech),
    stretches: stretches.map(({ embedding, netSpeechSeconds, ...cut }) => ({
      embedding,
      netSpeechSeconds,
      places: inSeconds(placesOf(spans, cut)),
    })),
  };
}

export default function work(
  task: ListenTask | OutlineTask | ProveTask,
): Promise<Listened | string | undefined> | Float32Array {
  if ('prove' in task) return whatIsWrong(task.modelDirectory);
  return 'framesPerStretch' in task ? outline(task) : listen(task);
}
