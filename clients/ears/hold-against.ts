import { randomBytes } from 'node:crypto';
import { EvaluateSessionCommand, type EvaluateSessionResponse, type VoiceIDClient } from '@aws-sdk/client-voice-id';
import { askEngine } from '../ask-engine.ts';
import { bodyOf, type Sound } from './examine.ts';

export interface HeldAgainst {
  sound: Sound;
  channelId: number;
  /** The customer's id of an enrolled speaker, or the generated one. */
  speakerId: string;
  /** Speech that the verdict is of, 5 to 30; what a recording lacks of it makes no verdict. */
  netSpeechSeconds: number;
}

/**
 * Whether it is an enrolled speaker who speaks in a recording, as a call is asked about: through a session that ends at
 * once, so that nothing of the recording is left.
 * @throws CommandError where the engine refuses: a speaker whom it does not know, a recording of another rate than 8 kHz.
 */
export async function holdAgainst(
  voiceId: VoiceIDClient,
  DomainId: string,
  { sound, channelId, speakerId, netSpeechSeconds }: HeldAgainst,
): Promise<EvaluateSessionResponse> {
  const SessionNameOrId = `ears-${randomBytes(12).toString('hex')}`;
  const query = {
    speakerId,
    channelId: String(channelId),
    netSpeechSeconds: String(netSpeechSeconds),
    end: 'true',
  };
  await askEngine(voiceId, `/_sessions/${DomainId}/${SessionNameOrId}/audio`, query, bodyOf(sound));
  return voiceId.send(new EvaluateSessionCommand({ DomainId, SessionNameOrId }));
}
