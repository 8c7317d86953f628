import { VoiceActivity } from '../audio/voice-activity.ts';
import { Extractor } from '../voiceprint/extractor.ts';
import { readModel } from '../voiceprint/model.ts';
import type { Hearing } from './line.ts';

/** The detector of speech and the speaker model, on the thread that asks. @throws ModelError */
export async function loadHearing(modelDirectory: string | undefined): Promise<Hearing> {
  const extractor = new Extractor(await readModel(modelDirectory));
  extractor.prove();
  const activity = new VoiceActivity();
  return {
    spans: (samples) => activity.spans(samples, Number.POSITIVE_INFINITY),
    embed: (speech) => extractor.embed(speech),
  };
}
