import { setTimeout as sleep } from 'node:timers/promises';
import type { VoiceIDClient } from '@aws-sdk/client-voice-id';
import { Hash } from '@smithy/hash-node';
import { SignatureV4 } from '@smithy/signature-v4';
import * as z from 'zod';
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

/** Milliseconds that the engine may take for a chunk, and the longest wait before another try. */
const PATIENCE_MS = 20_000;
const LONGEST_WAIT_MS = 5000;

/** The engine's address as the SDK's clients find it. */
export function engineEndpoint(env: NodeJS.ProcessEnv): string {
  const endpoint = env.AWS_ENDPOINT_URL_VOICE_ID || env.AWS_ENDPOINT_URL;
  if (endpoint === undefined || !URL.canParse(endpoint)) {
    throw new SettingsError('Settings: AWS_ENDPOINT_URL_VOICE_ID is missing or malformed: expected the engine’s URL.');
  }
  return new URL(endpoint).origin;
}

/** What a chunk says beside its audio. */
export interface ChunkOptions extends SessionOptions {
  /** Samples of the call before this chunk: the engine hears nothing twice. */
  offset?: number | undefined;
  /** No more audio comes. */
  end?: boolean | undefined;
}

function queryOf(options: ChunkOptions): Record<string, string> {
  const { speakerId, acceptanceThreshold, riskThreshold, watchlistId, netSpeechSeconds, fraudDetection } = options;
  const { offset, end } = options;
  const judged = { speakerId, acceptanceThreshold, riskThreshold, watchlistId, netSpeechSeconds, fraudDetection };
  const given = { ...judged, offset, end: end || undefined };
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}

/** What the engine tells of a refusal; `__type` is the error's name. */
const refusalSchema = z.object({
  __type: z.string().optional(),
  Message: z.string().optional(),
  ResourceType: z.string().optional(),
  ConflictType: z.string().optional(),
});
const answerSchema = z
  .object({ NetSpeechSeconds: z.number(), NextOffset: z.number().optional() })
  .transform(({ NetSpeechSeconds, NextOffset }) => ({ netSpeechSeconds: NetSpeechSeconds, nextOffset: NextOffset }));

/** What a session has heard, all its chunks together. */
export interface Fed {
  netSpeechSeconds: number;
  /** Samples; undefined from an engine that does not count them. */
  nextOffset?: number | undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** Whether another try may be taken; the engine's API answers most refusals with 400. */
function heals(status: number, { __type, ConflictType }: z.infer<typeof refusalSchema>): boolean {
  return status >= 500 || status === 429 || __type === 'ThrottlingException' || ConflictType === 'CONCURRENT_CHANGES';
}

/**
 * Feeds PCM-16 samples (8 kHz, one channel) to the session of that name; it begins with its first audio, and ends with
 * `end`. Where the engine is busy or can't be reached, or its answer is lost, it is tried again until `until`: the call waits
 * in its stream.
 * @returns what the session has heard so far; undefined where the audio was not fed.
 * @throws AudioRefusedError where the engine refuses it; UnknownSpeakerError where it does for the speaker.
 */
export async function feedSession(
  name: string,
  audio: Uint8Array,
  options: ChunkOptions,
  { endpoint, domainId, voiceId }: Sessions,
  until: AbortSignal,
): Promise<Fed | undefined> {
  const { protocol, hostname, port, host } = new URL(endpoint);
  const path = `/_sessions/${domainId}/${name}/audio`;
  const query = queryOf(options);
  const body = audio.length === 0 ? new Uint8Array() : wavOf(audio);
  const signer = new SignatureV4({
    service: 'voiceid',
    region: await voiceId.config.region(),
    credentials: voiceId.config.credentials,
    sha256: Hash.bind(null, 'sha256'),
  });
  for (let attempt = 1; ; attempt++) {
    const answer = await (async () => {
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
      return { status: response.status, text: await response.text() };
    })().catch((error: unknown) => {
      // Wrong settings don't heal; everything else here is the network's.
      if (error instanceof SettingsError) throw error;
      return undefined;
    });
    if (answer !== undefined) {
      const { status, text } = answer;
      if (status < 300) return answerSchema.parse(parseJson(text));
      const refusal = refusalSchema.safeParse(parseJson(text)).data ?? {};
      if (!heals(status, refusal)) {
        const said = `The engine answered ${status}: ${(refusal.Message ?? text).slice(0, 300)}`;
        throw refusal.ResourceType === 'SPEAKER' ? new UnknownSpeakerError(said) : new AudioRefusedError(said);
      }
    }
    const wait = Math.min(LONGEST_WAIT_MS, 100 * 2 ** attempt);
    await sleep(wait, undefined, { signal: until }).catch(() => undefined);
    if (until.aborted) return undefined;
  }
}
