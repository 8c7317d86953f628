import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { CommandError } from '../errors.ts';
import { locationOf } from '../s3-uri.ts';

/** Bytes of a recording that are fetched to be played. */
const MOST_BYTES = 20 * 1024 * 1024;

/**
 * A recording as the operator may read it: the engine reads as itself, or as the data-access role.
 * @throws CommandError where it is none, or too long to be fetched; what S3 answers.
 */
export async function readRecording(s3Uri: string, s3: S3Client): Promise<Uint8Array<ArrayBuffer>> {
  const location = locationOf(s3Uri);
  if (location === undefined) throw new CommandError('Found no s3:// URI of a recording, expected s3://BUCKET/KEY.');
  const { Body, ContentLength = 0 } = await s3.send(
    new GetObjectCommand({ ...location, Range: `bytes=0-${MOST_BYTES}` }),
  );
  if (Body === undefined || ContentLength > MOST_BYTES)
    throw new CommandError(`Found a recording of more than ${MOST_BYTES} bytes, which is not played.`);
  return Uint8Array.from(await Body.transformToByteArray());
}
