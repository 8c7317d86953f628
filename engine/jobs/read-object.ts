import { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';

/** For S3 clients, milliseconds: a connection on which nothing comes any more is an error that heals, not a wait for ever. */
export const S3_PATIENCE = { connectionTimeout: 5_000, socketTimeout: 30_000 };

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

/** Some of an object's bytes, and what tells how many there are. */
export interface ObjectPart {
  bytes: Uint8Array;
  /** Of the whole object. */
  size: number;
  /** Changes when the object does. */
  eTag: string | undefined;
}

/** `bytes 0-99/1234` → 1234. */
const sizeIn = (contentRange: string | undefined) => Number(/\/(\d+)$/.exec(contentRange ?? '')?.[1] ?? Number.NaN);

/**
 * The bytes of an object from `from` up to, not including, `to`, or to its end where that comes first.
 * @param eTag of an earlier part: a part of another version is refused with `PreconditionFailed`.
 * @throws what S3 answers, which `refusalOf` judges.
 */
export async function readPart(
  { bucket, key }: Location,
  { from, to, eTag }: { from: number; to: number; eTag?: string | undefined },
  s3: S3Client,
): Promise<ObjectPart> {
  const Range = `bytes=${from}-${to - 1}`;
  let answer: GetObjectCommandOutput;
  try {
    answer = await s3.send(
      new GetObjectCommand({ Bucket: bucket, Key: key, Range, ...(eTag !== undefined && { IfMatch: eTag }) }),
    );
  } catch (error) {
    // No range of an empty object is one that it has.
    if (from === 0 && error instanceof Error && error.name === 'InvalidRange')
      return { bytes: new Uint8Array(), size: 0, eTag: undefined };
    throw error;
  }
  const { Body, ContentRange, ETag } = answer;
  if (!(Body instanceof Readable)) throw new TypeError('S3 answered without a stream.');
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of Body) {
    chunks.push(chunk);
    length += chunk.length;
  }
  const bytes = Buffer.concat(chunks, length);
  const size = sizeIn(ContentRange);
  return { bytes, size: Number.isNaN(size) ? length : size, eTag: ETag };
}
