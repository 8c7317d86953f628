import { EvaluateSessionCommand, type VoiceIDClient } from '@aws-sdk/client-voice-id';
import type { AccessKey } from '../../engine/settings.ts';
import { REGION } from '../../local/account.ts';
import { signedFetch } from '../signed-fetch.ts';

export interface Verification {
  decision: string;
  score: number | undefined;
}

/** Who is on the line? A call held against a speaker's voiceprint. */
export async function verify(
  call: { domainId: string; sessionName: string; speakerId: string; recording: Uint8Array },
  cloud: { origin: string; accessKey: AccessKey; voiceId: VoiceIDClient },
): Promise<Verification> {
  const { domainId, sessionName, speakerId, recording } = call;
  const fed = await signedFetch(
    { origin: cloud.origin, region: REGION, credentials: cloud.accessKey },
    { method: 'POST', path: `/_sessions/${domainId}/${sessionName}/audio`, query: { speakerId }, body: recording },
  );
  if (!fed.ok) throw new Error(`The engine refused the audio: ${await fed.text()}`);
  const { AuthenticationResult } = await cloud.voiceId.send(
    new EvaluateSessionCommand({ DomainId: domainId, SessionNameOrId: sessionName }),
  );
  return { decision: AuthenticationResult?.Decision ?? 'unknown', score: AuthenticationResult?.Score };
}
