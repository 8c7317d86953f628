import { VoiceActivity } from '../audio/voice-activity.ts';
import { Extractor } from '../voiceprint/extractor.ts';
import { readModel } from '../voiceprint/model.ts';
import { type Hearing, hear, type Line } from './line.ts';

export interface HearTask {
  modelDirectory?: string | undefined;
  line: Line;
  /** Mu-law, 8 kHz, one channel. */
  chunk: Uint8Array;
  now: number;
  last: boolean;
}

let loaded: Promise<Hearing> | undefined;

async function load(modelDirectory: string | undefined): Promise<Hearing> {
  const extractor = new Extractor(await readModel(modelDirectory));
  extractor.prove();
  const activity = new VoiceActivity();
  return {
    spans: (samples) => activity.spans(samples, Number.POSITIVE_INFINITY),
    embed: (speech) => extractor.embed(speech),
  };
}

/** A chunk of a call, on a thread that does nothing else. */
export default async function work({ modelDirectory, line, chunk, now, last }: HearTask): Promise<Line> {
  loaded ??= load(modelDirectory);
  return hear(line, chunk, now, last, await loaded);
}
