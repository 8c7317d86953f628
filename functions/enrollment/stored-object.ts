import { Readable } from 'node:stream';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { s3Uri } from './output-location.ts';

export interface StoredObject {
  /** Undefined where there are more of them than the limit. */
  bytes?: Uint8Array;
  /** Bytes; where there are more than the limit and S3 did not say how many, as many as were seen. */
  size: number;
  eTag?: string;
  /** User-defined metadata, without `x-amz-meta-`. */
  metadata: Record<string, string>;
}

async function readUpTo(limit: number, body: Readable): Promise<{ bytes?: Uint8Array; size: number }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    // Leaving the loop closes the connection.
    if (size > limit) return { size };
    chunks.push(chunk);
  }
  return { bytes: Buffer.concat(chunks), size };
}

/**
 * An object of at most `limit` bytes; a larger one's size, and no more of it than that.
 * @throws what S3 answers: NoSuchKey and others.
 */
export async function readObject(
  s3: S3Client,
  object: { Bucket: string; Key: string; VersionId?: string; IfMatch?: string },
  limit: number,
): Promise<StoredObject> {
  const { Body, ContentLength, ETag, Metadata } = await s3.send(new GetObjectCommand(object));
  if (!(Body instanceof Readable)) throw new TypeError('S3 answered without a stream.');
  const more = { metadata: Metadata ?? {}, ...(ETag !== undefined && { eTag: ETag.replaceAll('"', '') }) };
  if (ContentLength !== undefined && ContentLength > limit) {
    // Not read: an open body would hold its connection.
    Body.destroy();
    return { size: ContentLength, ...more };
  }
  return { ...(await readUpTo(limit, Body)), ...more };
}

/** Stores JSON text; returns where. */
export async function writeJson(
  s3: S3Client,
  bucket: string,
  key: string,
  text: string,
  metadata: Record<string, string> = {},
): Promise<string> {
  await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: text,
      ContentType: 'application/json',
      Metadata: metadata,
    }),
  );
  return s3Uri(bucket, key);
}
