import { setTimeout as sleep } from 'node:timers/promises';
import { GetDataEndpointCommand, type KinesisVideoClient } from '@aws-sdk/client-kinesis-video';
import { GetMediaCommand, type KinesisVideoMediaClient } from '@aws-sdk/client-kinesis-video-media';
import { MediaStreamError } from './errors.ts';
import { type Fragment, FragmentReader } from './fragments.ts';

/** A fragment of a Kinesis Video Stream: those have a number. */
export type NumberedFragment = Fragment & { number: string };

export interface VideoStreams {
  kinesisVideo: KinesisVideoClient;
  /** The client for GetMedia: each stream has an endpoint of its own. */
  mediaAt(endpoint: string): KinesisVideoMediaClient;
  /** A stream that is silent for so long, milliseconds, is of a call that has ended: a call's goes on on hold, too. */
  idleMs: number;
  /** Milliseconds between two connections: a stream takes five GetMedia calls a second. */
  pauseMs: number;
}

/** Where to begin, and when to give up. */
export interface Reading {
  streamArn: string;
  /** The number of the fragment before the first that is wanted. */
  after: string;
  contactId: string;
  /** Ends the reading; what was not given is there for the next. */
  signal: AbortSignal;
}

/** Errors that another try would only repeat. */
const LASTING = new Set([
  'MediaStreamError',
  'ResourceNotFoundException',
  'NotAuthorizedException',
  'AccessDeniedException',
  'InvalidArgumentException',
  'InvalidEndpointException',
]);

async function* connection(
  { streamArn, signal }: Reading,
  after: string,
  media: KinesisVideoMediaClient,
): AsyncGenerator<NumberedFragment> {
  const { Payload } = await media.send(
    new GetMediaCommand({
      StreamARN: streamArn,
      StartSelector: { StartSelectorType: 'FRAGMENT_NUMBER', AfterFragmentNumber: after },
    }),
    { abortSignal: signal },
  );
  if (Payload === undefined) return;
  // Aborting the request does not end an answer that is being read.
  const body = Payload.transformToWebStream().getReader();
  const stop = () => void body.cancel().catch(() => undefined);
  signal.addEventListener('abort', stop);
  try {
    const reader = new FragmentReader();
    for (;;) {
      const { done, value } = await body.read();
      if (done || signal.aborted) return;
      for (const fragment of reader.push(value)) {
        if (fragment.number === undefined) {
          throw new MediaStreamError('Found a fragment without a number, expected a Kinesis Video Stream.');
        }
        yield { ...fragment, number: fragment.number };
      }
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

/**
 * A call's fragments as they come, each once and in order, until the call has ended (its stream is silent, or another
 * contact's) or the signal is given. A connection that breaks is made again where it broke.
 * @throws what another try would only repeat: no such stream, no permission, no Matroska.
 */
export async function* readCall(reading: Reading, streams: VideoStreams): AsyncGenerator<NumberedFragment> {
  const { streamArn, contactId } = reading;
  const { kinesisVideo, mediaAt, idleMs, pauseMs } = streams;
  const quiet = new AbortController();
  const timer = setTimeout(() => quiet.abort(), idleMs);
  const signal = AbortSignal.any([reading.signal, quiet.signal]);
  let after = reading.after;
  let media: KinesisVideoMediaClient | undefined;
  let failure: unknown;
  try {
    while (!signal.aborted) {
      try {
        if (media === undefined) {
          const { DataEndpoint = '' } = await kinesisVideo.send(
            new GetDataEndpointCommand({ StreamARN: streamArn, APIName: 'GET_MEDIA' }),
            { abortSignal: signal },
          );
          media = mediaAt(DataEndpoint);
        }
        for await (const fragment of connection({ ...reading, signal }, after, media)) {
          if (fragment.contactId !== undefined && fragment.contactId !== contactId) return;
          timer.refresh();
          failure = undefined;
          after = fragment.number;
          yield fragment;
          if (signal.aborted) break;
        }
      } catch (error) {
        if (signal.aborted) break;
        if (error instanceof Error && LASTING.has(error.name)) throw error;
        failure = error;
        media?.destroy();
        media = undefined;
      }
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
    if (failure !== undefined && !reading.signal.aborted) throw failure;
  } finally {
    clearTimeout(timer);
    media?.destroy();
  }
}
