import { DeleteSpeakerCommand, OptOutSpeakerCommand, type VoiceIDClient } from '@aws-sdk/client-voice-id';

/** What became of a voiceprint. */
export type Erased = 'DELETED' | 'OPTED_OUT' | 'NOT_THERE';

/**
 * Erases a speaker's voiceprint, at once and for good.
 * @param optOut keeps a mark in the speaker's place, made where there is no speaker, so that no manifest enrolls them again.
 */
export async function eraseSpeaker(
  speaker: { DomainId: string; SpeakerId: string },
  optOut: boolean,
  voiceId: VoiceIDClient,
): Promise<Erased> {
  if (optOut) {
    await voiceId.send(new OptOutSpeakerCommand(speaker));
    return 'OPTED_OUT';
  }
  try {
    await voiceId.send(new DeleteSpeakerCommand(speaker));
    return 'DELETED';
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return 'NOT_THERE';
    throw error;
  }
}
