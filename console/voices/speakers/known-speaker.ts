import { DescribeSpeakerCommand, type Speaker, type VoiceIDClient } from '@aws-sdk/client-voice-id';

/** A speaker by the customer's id or the generated one; undefined where there is none. */
export async function knownSpeaker(
  DomainId: string,
  SpeakerId: string,
  voiceId: VoiceIDClient,
): Promise<Speaker | undefined> {
  try {
    return (await voiceId.send(new DescribeSpeakerCommand({ DomainId, SpeakerId }))).Speaker;
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}
