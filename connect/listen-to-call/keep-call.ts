import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { DescribeSpeakerCommand, type VoiceIDClient } from '@aws-sdk/client-voice-id';
import { CUSTOMER } from '../call/fragments.ts';
import { readCall, type VideoStreams } from '../call/video-stream.ts';
import { wavOf } from '../call/wav.ts';
import type { Listening } from './listen.ts';

/** Seconds of net speech that an enrollment needs; less is no reason for a job that must fail. */
const ENOUGH_SECONDS = 30;
/** Bytes: ten minutes, far more than an enrollment takes, and half of what a recording may have. */
const MOST_BYTES = 10 * 60 * 16_000;
/** Folder of both buckets. */
const FOLDER = 'from-calls';

export type Kept = 'KEPT' | 'KEPT_BEFORE' | 'TOO_LITTLE_SPEECH' | 'ENROLLED' | 'OPTED_OUT';

export interface KeepDeps {
  s3: S3Client;
  voiceId: VoiceIDClient;
  streams: VideoStreams;
  domainId: string;
  recordingsBucket: string;
  manifestsBucket: string;
  manifestPrefix: string;
}

/** The speaker's status, undefined where the engine knows none. */
async function statusOf(SpeakerId: string, { voiceId, domainId }: KeepDeps): Promise<string | undefined> {
  try {
    const { Speaker } = await voiceId.send(new DescribeSpeakerCommand({ DomainId: domainId, SpeakerId }));
    return Speaker?.Status;
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

/** What the customer said, read again from the stream: nothing was kept while it was heard. */
async function customerAudio(listening: Listening, { streams }: KeepDeps): Promise<Uint8Array> {
  const { contactId, streamArn, startFragment, after: last } = listening;
  const parts: Uint8Array[] = [];
  let length = 0;
  const done = new AbortController();
  const reading = { streamArn, contactId, after: startFragment, signal: done.signal };
  for await (const { number, audio } of readCall(reading, streams)) {
    const samples = audio.get(CUSTOMER) ?? new Uint8Array();
    parts.push(samples);
    length += samples.length;
    if (number === last || length >= MOST_BYTES) break;
  }
  done.abort();
  return Buffer.concat(parts).subarray(0, MOST_BYTES);
}

/**
 * Turns a call that has ended, whose caller consented into a recording and a manifest, which the workflow enrolls like any other. Not for
 * a speaker who is enrolled already, and never for one who opted out.
 */
export async function keepCall(listening: Listening, speakerId: string, deps: KeepDeps): Promise<Kept> {
  if (listening.netSpeechSeconds < ENOUGH_SECONDS) return 'TOO_LITTLE_SPEECH';
  const status = await statusOf(speakerId, deps);
  if (status === 'ENROLLED' || status === 'OPTED_OUT') return status;
  const audio = await customerAudio(listening, deps);
  const { contactId } = listening;
  const recording = `${FOLDER}/${contactId}.wav`;
  await deps.s3.send(
    new PutObjectCommand({
      Bucket: deps.recordingsBucket,
      Key: recording,
      Body: wavOf(audio),
      ContentType: 'audio/wav',
    }),
  );
  const AudioSpecifications = [{ S3Uri: `s3://${deps.recordingsBucket}/${recording}`, ChannelId: 0 }];
  const SpeakerEnrollmentRequests = [{ RequestId: contactId, SpeakerId: speakerId, AudioSpecifications }];
  try {
    await deps.s3.send(
      new PutObjectCommand({
        Bucket: deps.manifestsBucket,
        Key: `${deps.manifestPrefix}${FOLDER}/${contactId}.json`,
        Body: JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests }),
        ContentType: 'application/json',
        // A second one would be a second job.
        IfNoneMatch: '*',
      }),
    );
  } catch (error) {
    if (error instanceof Error && error.name === 'PreconditionFailed') return 'KEPT_BEFORE';
    throw error;
  }
  return 'KEPT';
}
