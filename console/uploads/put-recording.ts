import { Readable } from 'node:stream';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { CommandError } from '../../clients/errors.ts';

/** Bytes of a single PutObject, at most. */
const MOST_BYTES = 5 * 1024 ** 3;

/** A recording's key out of a request's header, as `encodeURIComponent` writes it. */
function keyOf(header: string | undefined): string {
  let key: string;
  try {
    key = decodeURIComponent(header ?? '');
  } catch {
    key = '';
  }
  const segments = key.split('/');
  const isUsable = /[^/]\.wav$/i.test(key) && !segments.some((segment) => segment === '' || /^\.{1,2}$/.test(segment));
  if (!isUsable) throw new CommandError('Found no usable key in x-recording-key, expected that of a .wav file.');
  return key;
}

/** Streams a recording to its bucket as it comes. What was sent can't be sent again here: the browser has it still. */
export async function putRecording(request: Request, bucket: string, s3: S3Client): Promise<void> {
  const key = keyOf(request.headers.get('x-recording-key') ?? undefined);
  const length = Number(request.headers.get('content-length') ?? 'NaN');
  if (!Number.isSafeInteger(length) || length < 1 || length > MOST_BYTES) {
    throw new CommandError(`Found a recording of ${length} bytes, expected 1 to ${MOST_BYTES}.`);
  }
  if (request.body === null) throw new CommandError('Found no recording.');
  const body = Readable.fromWeb(request.body);
  const command = new PutObjectCommand({
    Bucket: bucket,
    Key: key,
    Body: body,
    ContentLength: length,
    ContentType: 'audio/wav',
  });
  await s3.send(command, { abortSignal: request.signal });
}
