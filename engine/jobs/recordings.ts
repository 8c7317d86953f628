import type { S3Client } from '@aws-sdk/client-s3';
import { UnusableRecordingError } from '../audio/errors.ts';
import { MAX_RECORDING_BYTES } from '../audio/wav.ts';
import type { Recording } from '../voiceprint/pool.ts';
import type { AudioSpecification } from './manifest.ts';
import { ObjectTooLargeError, parseS3Uri, readObject } from './read-object.ts';
import { refusalOf } from './s3-errors.ts';

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
    return { uri, bytes: await readObject(location, MAX_RECORDING_BYTES, s3), channelId };
  } catch (error) {
    if (error instanceof ObjectTooLargeError) {
      throw new UnusableRecordingError(
        `The recording ${uri} can't be used: found ${error.found}, expected at most ${MAX_RECORDING_BYTES}.`,
      );
    }
    const found = refusalOf(error);
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
