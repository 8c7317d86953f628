import { Sha256 } from '@aws-crypto/sha256-js';
import { EvaluateSessionCommand, type VoiceIDClient } from '@aws-sdk/client-voice-id';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AccessKey } from '../../engine/settings.ts';
import { REGION } from '../../local/account.ts';

export interface Verification {
  decision: string;
  score: number | undefined;
}

/** Feeds a call to a session of the engine, signed as Voice ID clients sign. */
async function feed(
  origin: string,
  path: string,
  query: Record<string, string>,
  body: Uint8Array,
  credentials: AccessKey,
) {
  const { host, hostname, port, protocol } = new URL(origin);
  const signer = new SignatureV4({ service: 'voiceid', region: REGION, credentials, sha256: Sha256 });
  const headers = { host, 'content-type': 'audio/wav' };
  const signed = await signer.sign({
    method: 'POST',
    protocol,
    hostname,
    port: Number(port),
    path,
    query,
    headers,
    body,
  });
  const response = await fetch(`${origin}${path}?${new URLSearchParams(query)}`, {
    method: 'POST',
    headers: signed.headers,
    body: Buffer.from(body),
  });
  if (!response.ok) throw new Error(`The engine refused the audio: ${await response.text()}`);
}

/** Who is on the line? A call held against a speaker's voiceprint. */
export async function verify(
  call: { domainId: string; sessionName: string; speakerId: string; recording: Uint8Array },
  cloud: { origin: string; accessKey: AccessKey; voiceId: VoiceIDClient },
): Promise<Verification> {
  const { domainId, sessionName, speakerId, recording } = call;
  await feed(cloud.origin, `/_sessions/${domainId}/${sessionName}/audio`, { speakerId }, recording, cloud.accessKey);
  const { AuthenticationResult } = await cloud.voiceId.send(
    new EvaluateSessionCommand({ DomainId: domainId, SessionNameOrId: sessionName }),
  );
  return { decision: AuthenticationResult?.Decision ?? 'unknown', score: AuthenticationResult?.Score };
}
