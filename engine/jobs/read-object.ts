import { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/** Where an object is. */
export interface Location {
  bucket: string;
  key: string;
}

/** Bucket and key of an `s3://` URI; undefined where it is none. */
export function parseS3Uri(uri: string): Location | undefined {
  const match = /^s3:\/\/([a-z0-9][.\-a-z0-9]{1,61}[a-z0-9])\/(.+)$/s.exec(uri);
  return match?.[1] === undefined || match[2] === undefined ? undefined : { bucket: match[1], key: match[2] };
}

/** An object of more bytes than are read; `found` says how many, as far as they were seen. */
export class ObjectTooLargeError extends Error {
  override readonly name = 'ObjectTooLargeError';
  readonly found: string;

  constructor(found: string) {
    super(`Found ${found}.`);
    this.found = found;
  }
}

/**
 * The bytes of an object, if they are not more than `most`: of a larger one no more than that is read.
 * @throws ObjectTooLargeError; what S3 answers, which `refusalOf` judges.
 */
export async function readObject({ bucket, key }: Location, most: number, s3: S3Client): Promise<Uint8Array> {
  const { Body, ContentLength } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  if (!(Body instanceof Readable)) throw new TypeError('S3 answered without a stream.');
  if (ContentLength !== undefined && ContentLength > most) {
    // Not read: an open body would hold its connection.
    Body.destroy();
    throw new ObjectTooLargeError(`${ContentLength} bytes`);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of Body) {
    length += chunk.length;
    // Leaving the loop closes the connection.
    if (length > most) throw new ObjectTooLargeError(`more than ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
