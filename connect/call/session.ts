import { setTimeout as sleep } from 'node:timers/promises';

import type { VoiceIDClient } from '@aws-sdk/client-voice-id';
import { Hash } from '@smithy/hash-node';
import { SignatureV4 } from '@smithy/signature-v4';
import { SettingsError } from '../../functions/enrollment/errors.ts';
import { AudioRefusedError, UnknownSpeakerError } from './errors.ts';
import type { BlockParameters } from './flow-event.ts';
import { wavOf } from './wav.ts';

/** Where the engine's sessions are, and who signs. */
export interface Sessions {
  /** `https://host[:port]` of the engine. */
  endpoint: string;
  domainId: string;
  /** Its credentials and region sign. */
  voiceId: VoiceIDClient;
}

/** What a session is held against: of the block's parameters, those that are the engine's. */
export type SessionOptions = Pick<
  BlockParameters,
  'speakerId' | 'acceptanceThreshold' | 'riskThreshold' | 'watchlistId' | 'netSpeechSeconds' | 'fraudDetection'
>;

const TRIES = 5;
const PATIENCE_MS = 20_000;

/** The engine's address as the SDK's clients find it. */
export function engineEndpoint(env: NodeJS.ProcessEnv): string {
  const endpoint = env.AWS_ENDPOINT_URL_VOICE_ID || env.AWS_ENDPOINT_URL;
  if (endpoint === undefined || !URL.canParse(endpoint)) {
    throw new SettingsError('Settings: AWS_ENDPOINT_URL_VOICE_ID is missing or malformed: expected the engine’s URL.');
  }
  return new URL(endpoint).origin;
}

function queryOf(options: SessionOptions, end: boolean): Record<string, string> {
  const { speakerId, acceptanceThreshold, riskThreshold, watchlistId, netSpeechSeconds, fraudDetection } = options;
  const given = { speakerId, acceptanceThreshold, riskThreshold, watchlistId, netSpeechSeconds, fraudDetection };
  const said = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return { ...Object.fromEntries(said), ...(end && { end: 'true' }) };
}

const messageOf = (answer: string): string => /"[Mm]essage"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(answer)?.[1] ?? answer;

/**
 * Feeds PCM-16 samples (8 kHz, one channel) to the session of that name; it begins with its first audio, and ends with
 * `end`. Tried again where the engine is busy or can't be reached.
 * @throws AudioRefusedError where it refuses; UnknownSpeakerError where it does for the speaker.
 */
export async function feedSession(
  name: string,
  audio: Uint8Array,
  options: SessionOptions & { end?: boolean },
  { endpoint, domainId, voiceId }: Sessions,
): Promise<void> {
  const { protocol, hostname, port, host } = new URL(endpoint);
  const path = `/_sessions/${domainId}/${name}/audio`;
  const query = queryOf(options, options.end === true);
  const body = audio.length === 0 ? new Uint8Array() : wavOf(audio);
  const signer = new SignatureV4({
    service: 'voiceid',
    region: await voiceId.config.region(),
    credentials: voiceId.config.credentials,
    sha256: Hash.bind(null, 'sha256'),
  });
  let failure: unknown;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    if (attempt > 0) await sleep(100 * 2 ** attempt);
    try {
      const signed = await signer.sign({
        method: 'POST',
        protocol,
        hostname,
        ...(port !== '' && { port: Number(port) }),
        path,
        query,
        headers: { host, 'content-type': 'audio/wav' },
        body,
      });
      const response = await fetch(`${endpoint}${path}?${new URLSearchParams(query)}`, {
        method: 'POST',
        headers: signed.headers,
        body: Buffer.from(body),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const answer = await response.text();
      if (response.ok) return;
      const said = `The engine answered ${response.status}: ${messageOf(answer).slice(0, 300)}`;
      if (/"ResourceType"\s*:\s*"SPEAKER"/.test(answer)) throw new UnknownSpeakerError(said);
      if (response.status < 500 && response.status !== 429 && response.status !== 409)
        throw new AudioRefusedError(said);
      failure = new Error(said);
    } catch (error) {
      if (error instanceof AudioRefusedError) throw error;
      failure = error;
    }
  }
  throw failure;
}
