import type { VoiceIDClient } from '@aws-sdk/client-voice-id';
import { askEngine } from '../ask-engine.ts';
import { answerSchema, type Thresholds } from './answer.ts';

/** What the scores mean in a domain. @throws CommandError where the engine refuses, or is none of ours. */
export async function askThresholds(voiceId: VoiceIDClient, domainId: string): Promise<Thresholds> {
  return answerSchema.parse(await askEngine(voiceId, `/_thresholds/${domainId}`));
}
