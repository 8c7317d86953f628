import { mkdirSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream';
import S3rver, { type S3Context } from '@20minutes/s3rver';
import { AwsChunkedDecoder } from './aws-chunked.ts';
import { isListing, listObjects } from './list-objects.ts';
import { type Elements, toXml } from './s3-xml.ts';

/** An object that was created, as EventBridge tells of it. */
export interface ObjectCreated {
  bucket: string;
  /** Raw. */
  key: string;
  size: number;
  eTag?: string | undefined;
  /** Grows with each upload: tells two uploads of one key apart. */
  sequencer: string;
  reason: string;
}

export interface ObjectStorage {
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Creates buckets where they are missing. */
  start(): Promise<void>;
}

const REASONS: Record<string, string> = {
  'ObjectCreated:Put': 'PutObject',
  'ObjectCreated:Copy': 'CopyObject',
  'ObjectCreated:Post': 'CompleteMultipartUpload',
};

/** s3rver knows this key alone; requests are rewritten to name it, for the stand-ins take any signature. */
const KNOWN_KEY = 'S3RVER';

/** Whether a key, decoded, has a `.` or `..` segment: S3 keeps such keys apart, a file system can't. */
export function hasDotSegment(key: string): boolean {
  return key.split(/[/\\]/).some((segment) => segment === '.' || segment === '..');
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function writeAnswer(response: ServerResponse, statusCode: number, answer: Elements): void {
  response.writeHead(statusCode, { 'content-type': 'application/xml' });
  response.end(toXml(answer));
}

function refuse(response: ServerResponse, statusCode: number, code: string, message: string): void {
  response.setHeader('connection', 'close');
  writeAnswer(response, statusCode, { Error: { Code: code, Message: message } });
}

/** Bucket and key of a path-style request; undefined where the path is not percent-encoded right. */
function targetOf(url: string): { bucket: string; key: string } | undefined {
  const path = decoded(url.split('?', 1)[0] ?? '');
  const match = path === undefined ? null : /^\/([^/]*)\/?(.*)$/s.exec(path);
  return match === null ? undefined : { bucket: match[1] ?? '', key: match[2] ?? '' };
}

/** An error that s3rver answers with. */
function s3Error(error: unknown): { status: number; Error: Elements } | undefined {
  if (!(error instanceof Error && 'code' in error && 'status' in error && 'detail' in error)) return undefined;
  const { code, status, message, detail } = error;
  return typeof status === 'number'
    ? { status, Error: { Code: code, Message: message, ...(typeof detail === 'object' ? detail : {}) } }
    : undefined;
}

/** Koa middleware that writes answers, which are objects, and errors as XML. */
async function writeXml(context: S3Context, next: () => Promise<void>): Promise<void> {
  try {
    await next();
  } catch (error) {
    const known = s3Error(error);
    if (known === undefined) throw error;
    context.status = known.status;
    context.body = { Error: known.Error };
  }
  const { body } = context;
  if (typeof body !== 'object' || body === null || Object.getPrototypeOf(body) !== Object.prototype) return;
  context.type = 'application/xml';
  context.body = toXml({ ...body });
}

/**
 * Koa middleware that takes apart what the SDKs make of a stream: chunks, and a checksum after them. s3rver knows only such
 * chunks as are signed.
 */
async function decodeChunks(context: S3Context, next: () => Promise<void>): Promise<void> {
  const { headers } = context.request;
  if (headers['x-amz-content-sha256'] === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') {
    const length = Number(headers['x-amz-decoded-content-length']);
    const decoder = new AwsChunkedDecoder(length);
    // Whoever reads the decoder hears of its error.
    pipeline(context.req, decoder, () => undefined);
    context.req = decoder;
    headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
    headers['content-length'] = String(length);
    const encodings = String(headers['content-encoding'] ?? '').split(',');
    const others = encodings.filter((each) => each.trim() !== 'aws-chunked').join(',');
    headers['content-encoding'] = others === '' ? undefined : others;
  }
  await next();
}

/** The first sequencers of two runs differ as their times do; within a run they count on from there. */
function sequencers(): () => string {
  let last = 0n;
  return () => {
    const now = BigInt(Date.now()) << 16n;
    last = now > last ? now : last + 1n;
    return last.toString(16).toUpperCase().padStart(18, '0');
  };
}

/**
 * The local S3: s3rver in `directory`, with what the workflow needs and it lacks: keys that can't leave the
 * directory, `If-Match` on reads, any credentials, and a sequencer of its own in each event.
 * @param created called before the request that created the object is answered.
 */
export function createObjectStorage(
  directory: string,
  buckets: readonly string[],
  created: (object: ObjectCreated) => void,
): ObjectStorage {
  mkdirSync(directory, { recursive: true });
  const server = new S3rver({
    directory,
    silent: true,
    allowMismatchedSignatures: true,
    vhostBuckets: false,
    configureBuckets: buckets.map((name) => ({ name, configs: [] })),
  });
  const nextSequencer = sequencers();
  const inside = resolve(directory) + sep;

  // Every key becomes a path here, whichever request names it: copy sources and lists of deletions too.
  const { store } = server;
  const pathOf = store.getResourcePath.bind(store);
  store.getResourcePath = (bucket, key, resource) => {
    const path = pathOf(bucket, key, resource);
    if (hasDotSegment(key ?? '') || hasDotSegment(bucket) || !resolve(path).startsWith(join(inside, bucket))) {
      throw new Error('A key with a dot segment is not kept.');
    }
    return path;
  };

  // Of an empty object s3rver promises one byte to a ranged read, and never sends it; S3 says that it has no such range.
  const getObject = store.getObject.bind(store);
  store.getObject = async (bucket, key, range) => {
    const object = await getObject(bucket, key, range);
    if (object?.range === undefined || object.size > 0) return object;
    object.content?.destroy();
    return getObject(bucket, key, { start: 1 });
  };

  // In place of its log, which is formatted for nobody, and of its own writing, which escapes twice.
  server.middleware.splice(0, 2, writeXml, decodeChunks);

  server.on('error', () => undefined);
  server.on('event', ({ Records: records }) => {
    for (const { eventName, s3 } of records) {
      const reason = REASONS[eventName];
      if (reason === undefined) continue;
      const { key, size = 0, eTag } = s3.object;
      created({ bucket: s3.bucket.name, key, size, eTag, sequencer: nextSequencer(), reason });
    }
  });
  const serve = server.callback();

  /** @returns false where `If-Match` names another version, or none is there. */
  const matches = async (request: IncomingMessage, bucket: string, key: string): Promise<boolean> => {
    const wanted = request.headers['if-match'];
    if (wanted === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return true;
    try {
      const { etag } = await store.getMetadata(bucket, key);
      return (
        wanted === '*' || wanted.split(',').some((tag) => tag.trim().replaceAll('"', '') === etag.replaceAll('"', ''))
      );
    } catch {
      // Not there: s3rver says so itself.
      return true;
    }
  };

  return {
    async start() {
      await server.configureBuckets();
    },
    handle(request, response) {
      const target = targetOf(request.url ?? '/');
      const source = decoded(String(request.headers['x-amz-copy-source'] ?? ''));
      if (target === undefined || source === undefined || /\0/.test(target.key + target.bucket)) {
        return refuse(response, 400, 'InvalidURI', 'The request names no bucket and key.');
      }
      if ([target.bucket, target.key, source].some(hasDotSegment)) {
        return refuse(
          response,
          400,
          'InvalidArgument',
          'This local S3 keeps no key with a . or .. segment: rename the object.',
        );
      }
      if (String(request.headers['content-type'] ?? '').startsWith('multipart/form-data')) {
        return refuse(response, 405, 'MethodNotAllowed', 'This local S3 takes no uploads from forms.');
      }
      const query = new URLSearchParams((request.url ?? '').split('?')[1]);
      if (request.method === 'GET' && target.bucket !== '' && target.key === '' && isListing(query)) {
        return void listObjects(target.bucket, query, store).then(
          ({ statusCode, answer }) => writeAnswer(response, statusCode, answer),
          () => refuse(response, 500, 'InternalError', 'The bucket could not be listed: try again.'),
        );
      }
      const { authorization } = request.headers;
      if (authorization !== undefined) {
        request.headers.authorization = authorization.replace(/Credential=[^/]*\//, `Credential=${KNOWN_KEY}/`);
      }
      request.url = request.url?.replace(/(X-Amz-Credential=)[^%&/]*/, `$1${KNOWN_KEY}`);
      void matches(request, target.bucket, target.key).then((same) => {
        if (same) serve(request, response);
        else refuse(response, 412, 'PreconditionFailed', 'The object is not the version that If-Match names.');
      });
    },
  };
}
