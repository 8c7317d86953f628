import { domainOf } from '../api/operation.ts';
import { AudioError } from '../audio/errors.ts';
import { readWav } from '../audio/wav.ts';
import type { EngineDeps } from '../deps.ts';
import { ValidationException } from '../errors.ts';
import type { SessionOptions } from './sessions.ts';

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_-]{0,35}$/;

function whole(query: URLSearchParams, name: string, low: number, high: number): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < low || value > high) {
    throw new ValidationException(
      `Found ${name}=${text.slice(0, 20)}, expected a whole number from ${low} to ${high}.`,
    );
  }
  return value;
}

function optionsOf(query: URLSearchParams): SessionOptions {
  const speakerId = query.get('speakerId') ?? undefined;
  const watchlistId = query.get('watchlistId') ?? undefined;
  const given = {
    speakerId,
    watchlistId,
    acceptanceThreshold: whole(query, 'acceptanceThreshold', 0, 100),
    riskThreshold: whole(query, 'riskThreshold', 0, 100),
    netSpeechSeconds: whole(query, 'netSpeechSeconds', 5, 10),
    screen: query.has('fraudDetection') ? query.get('fraudDetection') !== 'false' : undefined,
    ended: query.has('end') ? query.get('end') !== 'false' : undefined,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** Samples of a WAV file or of raw PCM-16, 8 kHz, as PCM-16 bytes. */
function pcm(body: Uint8Array): Uint8Array {
  if (Buffer.from(body.subarray(0, 4)).toString('latin1') !== 'RIFF') {
    if (body.length % 2 !== 0)
      throw new ValidationException(`Found ${body.length} bytes of audio, expected whole PCM-16 samples.`);
    return body;
  }
  try {
    return new Uint8Array(
      Int16Array.from(readWav(body, 0, 'of the session'), (sample) => Math.round(sample * 32768)).buffer,
    );
  } catch (error) {
    if (error instanceof AudioError) throw new ValidationException(error.message);
    throw error;
  }
}

/** `POST /_sessions/{domainId}/{sessionName}/audio`: a chunk of a caller's audio, and the session's configuration. */
export async function feedSession(
  domainId: string,
  sessionName: string,
  query: URLSearchParams,
  body: Uint8Array,
  deps: EngineDeps,
): Promise<object> {
  const domain = await domainOf(domainId, deps);
  if (!NAME.test(sessionName)) {
    throw new ValidationException(
      'The session name is not 1 to 36 of A-Z, a-z, 0-9, _ and -, beginning with a letter or digit.',
    );
  }
  const options = optionsOf(query);
  const session = deps.sessions.feed(domainId, sessionName, pcm(body), {
    watchlistId: domain.defaultWatchlistId,
    ...options,
  });
  return { DomainId: domainId, SessionId: session.sessionId, SessionName: session.sessionName };
}
