import type { S3Store } from '@20minutes/s3rver';
import { type Elements, withUrlEncoding } from './s3-xml.ts';

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
/** Keys of one page, at most: S3's own limit. */
const PAGE = 1000;
/** A bucket's GET with other members asks for something else: its location, its uploads. */
const MEMBERS = new Set([
  'list-type',
  'prefix',
  'delimiter',
  'max-keys',
  'encoding-type',
  'start-after',
  'continuation-token',
  'fetch-owner',
  'marker',
  'x-id',
]);

export interface S3Answer {
  statusCode: number;
  answer: Elements;
}

/** Whether a bucket's GET asks for its objects. */
export function isListing(query: URLSearchParams): boolean {
  return [...query.keys()].every((name) => MEMBERS.has(name) || /^x-amz-/i.test(name));
}

const failed = (statusCode: number, Code: string, Message: string): S3Answer => ({
  statusCode,
  answer: { Error: { Code, Message } },
});

/** A line of a listing: a key, or what keys have in common up to the delimiter. */
interface Line {
  name: string;
  common: boolean;
}

/** All keys with the prefix, in the order of their bytes. */
async function keysOf(bucket: string, prefix: string, store: S3Store): Promise<string[]> {
  // s3rver's own order is that of its directories, and its pages lose keys; of all objects it would read what it keeps.
  const namesOnly: S3Store = Object.create(store, { getMetadata: { value: async () => ({}) } });
  const { objects } = await namesOnly.listObjects(bucket, { prefix });
  return objects.map(({ key }) => key).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function lineOf(key: string, prefix: string, delimiter: string): Line {
  const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
  return at < 0 ? { name: key, common: false } : { name: key.slice(0, at + delimiter.length), common: true };
}

/** A page of at most `most` lines from after the name `after`, and whether there are more. */
function pageOf(keys: readonly string[], { prefix, delimiter, after, most }: Asked): { page: Line[]; more: boolean } {
  const page: Line[] = [];
  const start = after === undefined ? undefined : Buffer.from(after);
  for (const key of keys) {
    const line = lineOf(key, prefix, delimiter);
    if (start !== undefined && Buffer.compare(Buffer.from(line.name), start) <= 0) continue;
    if (line.name === page.at(-1)?.name) continue;
    if (page.length === most) return { page, more: true };
    page.push(line);
  }
  return { page, more: false };
}

interface Asked {
  prefix: string;
  delimiter: string;
  after: string | undefined;
  most: number;
}

/** ListObjects and ListObjectsV2. s3rver's own escapes twice, knows no encoding type, and has no second page on OpenSSL 3. */
export async function listObjects(bucket: string, query: URLSearchParams, store: S3Store): Promise<S3Answer> {
  const asked = query.get('max-keys') ?? String(PAGE);
  if (!/^\d{1,9}$/.test(asked))
    return failed(400, 'InvalidArgument', `Found max-keys ${asked}, expected a whole number.`);
  if (!(await store.getBucket(bucket))) return failed(404, 'NoSuchBucket', `There is no bucket ${bucket}.`);
  const second = query.get('list-type') === '2';
  const token = query.get('continuation-token') ?? undefined;
  const startAfter = query.get(second ? 'start-after' : 'marker') ?? undefined;
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const most = Math.min(PAGE, Number(asked));
  const after = token === undefined ? startAfter : Buffer.from(token, 'base64url').toString('utf8');
  const keys = most === 0 ? [] : await keysOf(bucket, prefix, store);
  const { page, more } = pageOf(keys, { prefix, delimiter, after, most });
  const last = more ? page.at(-1)?.name : undefined;
  const Owner =
    !second || query.get('fetch-owner') === 'true' ? { ID: 'vivavoce', DisplayName: 'vivavoce' } : undefined;
  const Contents: Elements[] = [];
  for (const { name } of page.filter(({ common }) => !common)) {
    const kept = await store.getMetadata(bucket, name).catch(() => undefined);
    // Deleted meanwhile.
    if (kept === undefined) continue;
    const LastModified = new Date(kept['last-modified']).toISOString();
    const Size = Number(kept['content-length']);
    Contents.push({ Key: name, LastModified, ETag: kept.etag, Size, Owner, StorageClass: 'STANDARD' });
  }
  const CommonPrefixes = page.filter(({ common }) => common).map(({ name }) => ({ Prefix: name }));
  const ofSecond = {
    KeyCount: Contents.length + CommonPrefixes.length,
    StartAfter: startAfter,
    ContinuationToken: token,
    NextContinuationToken: last === undefined ? undefined : Buffer.from(last).toString('base64url'),
  };
  const answer: Elements = {
    ListBucketResult: {
      '@': { xmlns: NAMESPACE },
      Name: bucket,
      Prefix: prefix,
      ...(second ? ofSecond : { Marker: startAfter ?? '', NextMarker: delimiter === '' ? undefined : last }),
      MaxKeys: most,
      Delimiter: delimiter === '' ? undefined : delimiter,
      IsTruncated: more,
      Contents,
      CommonPrefixes,
    },
  };
  return { statusCode: 200, answer: query.get('encoding-type') === 'url' ? withUrlEncoding(answer) : answer };
}
