import { randomBytes } from 'node:crypto';
import { EvaluateSessionCommand, type EvaluateSessionResponse, type VoiceIDClient } from '@aws-sdk/client-voice-id';
import { askEngine } from '../ask-engine.ts';
import { bodyOf, type Sound } from './examine.ts';

export interface HeldAgainst {
  sound: Sound;
  channelId: number;
  /** The customer's id of an enrolled speaker, or the generated one. */
  speakerId: string;
}

export interface Judged {
  answer: EvaluateSessionResponse;
  /** Speech that the verdict is of, or that there was too little for. */
  netSpeechSeconds: number;
}

/** Net speech that a call is judged by, and the least that says who speaks, seconds. */
const JUDGED_BY = [10, 5] as const;

async function judged(
  voiceId: VoiceIDClient,
  DomainId: string,
  { sound, channelId, speakerId }: HeldAgainst,
  netSpeechSeconds: number,
): Promise<Judged> {
  const SessionNameOrId = `ears-${randomBytes(12).toString('hex')}`;
  const query = { speakerId, channelId: String(channelId), netSpeechSeconds: String(netSpeechSeconds), end: 'true' };
  await askEngine(voiceId, `/_sessions/${DomainId}/${SessionNameOrId}/audio`, query, bodyOf(sound));
  const answer = await voiceId.send(new EvaluateSessionCommand({ DomainId, SessionNameOrId }));
  return { answer, netSpeechSeconds };
}

/**
 * Whether it is an enrolled speaker who speaks in a recording, as a call is asked about: through a session that ends at
 * once, so that no audio is left; the voice that was heard is kept for an hour, as of any call. Of less speech where there is
 * less of one voice at its end.
 * @throws CommandError where the engine refuses: a speaker whom it does not know, a recording of another rate than 8 kHz.
 */
export async function holdAgainst(voiceId: VoiceIDClient, DomainId: string, held: HeldAgainst): Promise<Judged> {
  const [usual, least] = JUDGED_BY;
  const first = await judged(voiceId, DomainId, held, usual);
  if (first.answer.AuthenticationResult?.Decision !== 'NOT_ENOUGH_SPEECH') return first;
  return judged(voiceId, DomainId, held, least);
}
