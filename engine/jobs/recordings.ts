import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { UnusableRecordingError } from '../audio/errors.ts';
import { MAX_RECORDING_BYTES } from '../audio/wav.ts';
import type { Recording } from '../voiceprint/pool.ts';
import type { AudioSpecification } from './manifest.ts';

/** Bucket and key of an `s3://` URI; undefined where it is none. */
export function parseS3Uri(uri: string): { bucket: string; key: string } | undefined {
  const match = /^s3:\/\/([a-z0-9][.\-a-z0-9]{1,61}[a-z0-9])\/(.+)$/s.exec(uri);
  return match?.[1] === undefined || match[2] === undefined ? undefined : { bucket: match[1], key: match[2] };
}

/** What S3 answers for a recording that is not there, or not for us: final, however often it is asked. */
const REFUSED: Record<string, string> = {
  NoSuchKey: 'no such object',
  NotFound: 'no such object',
  NoSuchBucket: 'no such bucket',
  AccessDenied: 'access denied',
  Forbidden: 'access denied',
  InvalidObjectState: 'an archived object',
  PermanentRedirect: 'a bucket of another region',
  InvalidBucketName: 'no such bucket',
  InvalidURI: 'no such object',
  KeyTooLongError: 'no such object',
};

const refusal = (uri: string, found: string) =>
  new UnusableRecordingError(
    `The recording ${uri} can't be read: found ${found}, expected a .wav file that the data-access role may read.`,
  );

async function fetchRecording(
  { S3Uri: uri, ChannelId: channelId }: AudioSpecification,
  s3: S3Client,
): Promise<Recording> {
  const location = parseS3Uri(uri);
  if (location === undefined || !/\.wav$/i.test(location.key)) throw refusal(uri, 'no URI of a .wav file');
  try {
    const object = await s3.send(new GetObjectCommand({ Bucket: location.bucket, Key: location.key }));
    if ((object.ContentLength ?? 0) > MAX_RECORDING_BYTES) {
      if (object.Body !== undefined && 'destroy' in object.Body) object.Body.destroy();
      throw new UnusableRecordingError(
        `The recording ${uri} can't be used: found ${object.ContentLength} bytes, expected at most ${MAX_RECORDING_BYTES}.`,
      );
    }
    const bytes = (await object.Body?.transformToByteArray()) ?? new Uint8Array();
    return { uri, bytes, channelId };
  } catch (error) {
    const found = error instanceof Error ? REFUSED[error.name] : undefined;
    if (found === undefined) throw error;
    throw refusal(uri, found);
  }
}

/** A request's recordings, each fetched when it is asked for: no more of them in memory than are worked on. */
export async function* recordings(
  specifications: readonly AudioSpecification[],
  s3: S3Client,
): AsyncGenerator<Recording, void, undefined> {
  for (const specification of specifications) yield await fetchRecording(specification, s3);
}
