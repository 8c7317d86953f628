import * as z from 'zod';
import { eager } from '../call/eager.ts';
import { UnknownSpeakerError } from '../call/errors.ts';
import type { FlowCall } from '../call/flow-event.ts';
import { CUSTOMER } from '../call/fragments.ts';
import { feedSession, type Sessions } from '../call/session.ts';
import { readCall, type VideoStreams } from '../call/video-stream.ts';

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
  };
}

export interface ListenDeps {
  sessions: Sessions;
  streams: VideoStreams;
}

/** Milliseconds in which an ended call's session is told so; untold, it ends by its time to live. */
const END_MS = 30_000;

/** Where an invocation's listening came to. */
export interface Heard {
  after: string;
  /** Seconds of the customer's audio that were fed by this invocation. */
  seconds: number;
  /** Seconds of speech in all that the session was fed, as far as the engine has told. */
  netSpeechSeconds: number;
  ended: boolean;
}

/**
 * Feeds the customer's audio to the session named by the contact's id, as it comes, until the call has ended or `until`
 * is given. What a fragment holds is fed whole or not at all: what comes after `after` was not fed.
 */
export async function listen(listening: Listening, until: AbortSignal, deps: ListenDeps): Promise<Heard> {
  const { contactId, streamArn } = listening;
  let { options } = listening;
  const feed = async (audio: Uint8Array, end: boolean, signal: AbortSignal): Promise<number | undefined> => {
    try {
      return await feedSession(contactId, audio, { ...options, end }, deps.sessions, signal);
    } catch (error) {
      if (!(error instanceof UnknownSpeakerError)) throw error;
      // Who is not enrolled yet is listened to all the same: for the watchlist, and to be enrolled.
      options = { ...options, speakerId: undefined };
      return feedSession(contactId, audio, { ...options, end }, deps.sessions, signal);
    }
  };
  const reading = { streamArn, contactId, after: listening.after, signal: until };
  let after = listening.after;
  let bytes = 0;
  let { netSpeechSeconds } = listening;
  for await (const fragments of eager(readCall(reading, deps.streams))) {
    const audio = Buffer.concat(fragments.map((fragment) => fragment.audio.get(CUSTOMER) ?? new Uint8Array()));
    if (audio.length > 0) {
      const speech = await feed(audio, false, until);
      if (speech === undefined) break;
      netSpeechSeconds = speech;
    }
    bytes += audio.length;
    after = fragments.at(-1)?.number ?? after;
    if (until.aborted) break;
  }
  const ended = !until.aborted;
  // Without audio there is no session to end.
  if (ended && (bytes > 0 || listening.before > 0)) {
    netSpeechSeconds = (await feed(new Uint8Array(), true, AbortSignal.timeout(END_MS))) ?? netSpeechSeconds;
  }
  return { after, seconds: bytes / 16_000, netSpeechSeconds, ended };
}
