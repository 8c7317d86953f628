import * as z from 'zod';
import { eager } from '../call/eager.ts';
import { UnknownSpeakerError } from '../call/errors.ts';
import type { FlowCall } from '../call/flow-event.ts';
import { CUSTOMER } from '../call/fragments.ts';
import { type Fed, feedSession, type Sessions } from '../call/session.ts';
import { type NumberedFragment, readCall, type VideoStreams } from '../call/video-stream.ts';

/** What is listened to, and how far it was heard: what one invocation hands to the next. */
export const listeningSchema = z.object({
  contactId: z.string(),
  streamArn: z.string(),
  /** Where the call's audio begins, and the last fragment that the session was fed. */
  startFragment: z.string(),
  after: z.string(),
  options: z.object({
    speakerId: z.string().optional(),
    acceptanceThreshold: z.number().optional(),
    riskThreshold: z.number().optional(),
    watchlistId: z.string().optional(),
    netSpeechSeconds: z.number().optional(),
    fraudDetection: z.boolean().optional(),
  }),
  enrollmentConsent: z.boolean(),
  /** Invocations before this one, and the speech that they fed, seconds. */
  before: z.number(),
  netSpeechSeconds: z.number(),
  /** Of the customer's audio up to `after`. Missing in what a version of before handed over: then nothing is said of it. */
  samples: z.number().optional(),
});
export type Listening = z.infer<typeof listeningSchema>;

export function listeningTo({ contactId, stream, parameters }: FlowCall & { stream: object }): Listening {
  const { enrollmentConsent = false, waitSeconds: _, oldestSeconds: __, ...options } = parameters;
  return {
    contactId,
    streamArn: stream.arn,
    startFragment: stream.startFragment,
    after: stream.startFragment,
    options,
    enrollmentConsent,
    before: 0,
    netSpeechSeconds: 0,
    samples: 0,
  };
}

export interface ListenDeps {
  sessions: Sessions;
  streams: VideoStreams;
  /** Seconds of audio that are fed at once, at least: each chunk is a read and a write of the session. */
  chunkSeconds: number;
}

const BYTES_A_SECOND = 16_000;
/** Milliseconds in which an ended call's session is told so; untold, it ends by its time to live. */
const END_MS = 30_000;
/** Bytes that are fed at once, a minute's: a call that waited in its stream may be longer than an engine takes at once. */
const MOST_BYTES = 60 * BYTES_A_SECOND;

/** Where an invocation's listening came to. */
export interface Heard {
  after: string;
  /** Seconds of the customer's audio that were fed by this invocation. */
  seconds: number;
  /** Seconds of speech in all that the session was fed, as far as the engine has told. */
  netSpeechSeconds: number;
  /** Of the call up to `after`. */
  samples: number | undefined;
  ended: boolean;
}

const NOTHING = new Uint8Array();
const audioOf = ({ audio }: NumberedFragment): Uint8Array => audio.get(CUSTOMER) ?? new Uint8Array();

/** Fragments that hold so many bytes together; the last ones, what there is. */
async function* gathered(source: AsyncIterable<NumberedFragment[]>, least: number): AsyncGenerator<NumberedFragment[]> {
  let waiting: NumberedFragment[] = [];
  for await (const fragments of source) {
    waiting.push(...fragments);
    if (waiting.reduce((sum, fragment) => sum + audioOf(fragment).length, 0) < least) continue;
    yield waiting;
    waiting = [];
  }
  if (waiting.length > 0) yield waiting;
}

/** Fragments whose audio is fed at once. */
function* chunksOf(fragments: readonly NumberedFragment[]): Generator<{ audio: Buffer; last: string }> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  let last: string | undefined;
  for (const fragment of fragments) {
    const part = audioOf(fragment);
    if (last !== undefined && bytes + part.length > MOST_BYTES) {
      yield { audio: Buffer.concat(parts), last };
      [parts, bytes] = [[], 0];
    }
    parts.push(part);
    bytes += part.length;
    last = fragment.number;
  }
  if (last !== undefined) yield { audio: Buffer.concat(parts), last };
}

/**
 * Feeds the customer's audio to the session named by the contact's id, as it comes, until the call has ended or `until`
 * is given. What a fragment holds is fed whole or not at all: what comes after `after` was not fed, or its answer was lost.
 * Each chunk says where in the call it begins, so that the session hears nothing twice, whoever feeds it again.
 */
export async function listen(listening: Listening, until: AbortSignal, deps: ListenDeps): Promise<Heard> {
  const { contactId, streamArn } = listening;
  let { options } = listening;
  let { netSpeechSeconds, samples } = listening;
  const feed = async (audio: Uint8Array, end: boolean, signal: AbortSignal): Promise<Fed | undefined> => {
    const chunk = { offset: audio.length === 0 ? undefined : samples, end };
    try {
      return await feedSession(contactId, audio, { ...options, ...chunk }, deps.sessions, signal);
    } catch (error) {
      if (!(error instanceof UnknownSpeakerError)) throw error;
      // Who is not enrolled yet is listened to all the same: for the watchlist, and to be enrolled.
      options = { ...options, speakerId: undefined };
      return feedSession(contactId, audio, { ...options, ...chunk }, deps.sessions, signal);
    }
  };
  const reading = { streamArn, contactId, after: listening.after, signal: until };
  let after = listening.after;
  let bytes = 0;
  let told = false;
  const feedAll = async (fragments: readonly NumberedFragment[]): Promise<boolean> => {
    for (const { audio, last } of chunksOf(fragments)) {
      const fed = audio.length === 0 ? { netSpeechSeconds } : await feed(audio, false, until);
      if (fed === undefined) return false;
      netSpeechSeconds = fed.netSpeechSeconds;
      bytes += audio.length;
      // Half a sample, if ever one came, is none: the engine counts whole ones.
      samples = samples === undefined ? undefined : samples + Math.floor(audio.length / 2);
      after = last;
      // Somebody else is ahead, and what was heard already says nothing of how to judge.
      if (!told && samples !== undefined && (fed.nextOffset ?? 0) > samples) await feed(NOTHING, false, until);
      told = true;
      if (until.aborted) return false;
    }
    return true;
  };
  const coming = gathered(eager(readCall(reading, deps.streams)), deps.chunkSeconds * BYTES_A_SECOND);
  for await (const fragments of coming) {
    if (!(await feedAll(fragments))) break;
  }
  const ended = !until.aborted;
  // Without audio there is no session to end.
  if (ended && (bytes > 0 || listening.before > 0)) {
    const fed = await feed(NOTHING, true, AbortSignal.timeout(END_MS));
    netSpeechSeconds = fed?.netSpeechSeconds ?? netSpeechSeconds;
  }
  return { after, seconds: bytes / BYTES_A_SECOND, netSpeechSeconds, samples, ended };
}
