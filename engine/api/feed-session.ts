import type { S3Client } from '@aws-sdk/client-s3';
import { readChunk } from '../audio/chunk.ts';
import { AudioError } from '../audio/errors.ts';
import type { EngineDeps } from '../deps.ts';
import {
  ConcurrentChangeError,
  ConflictException,
  RequestEntityTooLargeException,
  ValidationException,
} from '../errors.ts';
import { type Location, ObjectTooLargeError, parseS3Uri, readObject } from '../jobs/read-object.ts';
import { refusalOf } from '../jobs/s3-errors.ts';
import type { Ear } from '../sessions/ear.ts';
import { muLawOf, newLine, STRETCH_SECONDS } from '../sessions/line.ts';
import { lineOf, type StoredLine, toStoredLine } from '../sessions/stored-line.ts';
import type { Session, SessionConfiguration } from '../store/sessions.ts';
import { activeDomain, existing } from './operation.ts';
import { readSessionQuery } from './session-query.ts';

/** Bytes of a recording that a session is fed with: as many as a job of Voice ID's read of one. */
const MAX_RECORDING_BYTES = 20 * 1024 * 1024;

/** What listening to calls takes, on top of what every operation is given. */
export interface Listening {
  ear: Ear;
  /** The S3 client that may read a recording which a request names. */
  s3ForRecording(location: Location): Promise<S3Client> | S3Client;
  /** Bytes of a chunk, where it is less than a recording may be. */
  mostBytes?: number;
}

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_-]{0,35}$/;
/** A body that names a recording instead of being one (RFC 2483), as a single `s3://` URI. */
const BY_NAME = /^text\/uri-list\b/i;

export const isByName = (contentType: string | undefined): boolean => BY_NAME.test(contentType ?? '');

/** Two engines that take chunks of one session at once: each goes on from what the other wrote. */
const TRIES = 10;

const defaults = { acceptanceThreshold: 90, riskThreshold: 20, screen: true, netSpeechSeconds: 10 };

/** The recording in S3 that a body of the type text/uri-list names. @throws ValidationException where it names none */
export function namedIn(body: Uint8Array): { uri: string; location: Location } {
  const uri = Buffer.from(body).toString('utf8').trim();
  const location = parseS3Uri(uri);
  if (location === undefined) {
    throw new ValidationException(
      'Found a text/uri-list that is no s3:// URI of an object, expected one: s3://BUCKET/KEY.',
    );
  }
  return { uri, location };
}

/** A recording in S3, read by the engine itself. */
async function recordingNamed(body: Uint8Array, { s3ForRecording }: Listening): Promise<Uint8Array> {
  const { location } = namedIn(body);
  try {
    return await readObject(location, MAX_RECORDING_BYTES, await s3ForRecording(location));
  } catch (error) {
    if (error instanceof ObjectTooLargeError) {
      throw new RequestEntityTooLargeException(
        `The recording can't be used: found ${error.found}, expected at most ${MAX_RECORDING_BYTES}.`,
      );
    }
    const found = refusalOf(error);
    if (found === undefined) throw error;
    throw new ValidationException(
      `The recording can't be read: found ${found}, expected one that the engine may read.`,
    );
  }
}

async function samplesOf(
  body: Uint8Array,
  contentType: string | undefined,
  channelId: number | undefined,
  listening: Listening,
): Promise<Uint8Array> {
  const byName = isByName(contentType);
  const bytes = byName ? await recordingNamed(body, listening) : body;
  try {
    return muLawOf(readChunk(bytes, byName ? 'audio/wav' : contentType, channelId));
  } catch (error) {
    if (error instanceof AudioError) throw new ValidationException(error.message);
    throw error;
  }
}

/** Whom and what a query names, there has to be: a misspelt watchlist must not be one that nobody is on. */
async function checkNamed(domainId: string, given: Partial<SessionConfiguration>, { store }: EngineDeps) {
  const { speakerId, watchlistId } = given;
  if (speakerId !== undefined) existing(await store.speakers.get(domainId, speakerId), 'SPEAKER');
  if (watchlistId !== undefined) existing(await store.watchlists.get(domainId, watchlistId), 'WATCHLIST');
}

export interface Fed {
  domainId: string;
  sessionName: string;
  query: URLSearchParams;
  contentType: string | undefined;
  body: Uint8Array;
}

const answerOf = ({ domainId, sessionId, sessionName, line, nextOffset }: Session) => ({
  DomainId: domainId,
  SessionId: sessionId,
  SessionName: sessionName,
  // All that was fed, in whole stretches: whoever feeds it knows whether it is enough to enroll from.
  NetSpeechSeconds: (line as StoredLine).made * STRETCH_SECONDS,
  NextOffset: nextOffset ?? 0,
});

/** The chunk that began a session was heard, whatever becomes of sessions that are over: the next one sweeps again. */
async function sweep(domainId: string, now: number, { store, logger }: EngineDeps): Promise<void> {
  try {
    await store.sessions.sweep(domainId, now);
  } catch (error) {
    logger.warn('Sessions that are over not deleted', { error: error instanceof Error ? error.name : 'unknown' });
  }
}

/**
 * `POST /_sessions/{domainId}/{sessionName}/audio`: a chunk of a caller's audio, and how the session is to be judged. The
 * first begins the session; one that is refused changes nothing. Where `offset` says that a chunk was heard already, in whole
 * or in part, what was heard is not heard again: its answer was lost, and it was sent once more.
 */
export async function feedSession(
  { domainId, sessionName, query, contentType, body }: Fed,
  deps: EngineDeps & Listening,
) {
  const { store, ear, pool } = deps;
  let active = await activeDomain(domainId, deps);
  if (!NAME.test(sessionName)) {
    throw new ValidationException(
      'The session name is not 1 to 36 of A-Z, a-z, 0-9, _ and -, beginning with a letter or digit.',
    );
  }
  const { configuration, end, channelId, offset } = readSessionQuery(query);
  const given = await samplesOf(body, contentType, channelId, deps);
  await checkNamed(domainId, configuration, deps);

  for (let tries = 1; ; tries++) {
    const now = deps.now();
    const found = await store.sessions.get(domainId, sessionName, now);
    const before: Session = found?.session ?? {
      ...defaults,
      domainId,
      sessionName,
      sessionId: store.sessions.newId(now),
      watchlistId: active.domain.defaultWatchlistId,
      startedAt: now,
      fedAt: now,
      ended: false,
      line: toStoredLine(newLine(pool.model.id)),
    };
    const heardUpTo = before.nextOffset ?? 0;
    const from = offset ?? heardUpTo;
    const samples = given.subarray(Math.max(0, heardUpTo - from));
    // Sent again, or late: how the session is judged may be another matter by now.
    const known = given.length > 0 && samples.length === 0;
    if (known && (before.ended || !end)) return answerOf(before);
    if (before.ended && samples.length > 0) {
      throw new ConflictException('The session has ended, and takes no more audio: begin one of another name.');
    }
    const stored = before.line as StoredLine;
    // An engine with another model goes on from here: voices of two models are never compared.
    const line = stored.modelId === pool.model.id ? lineOf(stored) : newLine(pool.model.id);
    const ended = before.ended || end;
    const looks = samples.length > 0 || (ended && !before.ended);
    const heard = looks ? await ear.hear(line, samples, now, ended) : line;
    const nextOffset = samples.length === 0 ? heardUpTo : from + given.length;
    const session: Session = { ...before, ...configuration, fedAt: now, ended, nextOffset, line: toStoredLine(heard) };
    try {
      // Chunks after the first depend on the session: it goes with its domain.
      if (found === undefined) await store.sessions.begin(session, store.domains.unchanged(domainId, active.version));
      else await store.sessions.put(session, found.version);
    } catch (error) {
      if (!(error instanceof ConcurrentChangeError)) throw error;
      if (tries === TRIES) throw error;
      active = await activeDomain(domainId, deps);
      continue;
    }
    if (found === undefined) await sweep(domainId, now, deps);
    return answerOf(session);
  }
}
