import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { locationIn } from '../s3-uri.ts';
import { namesSpeaker, TELLING, wordOf } from './names-speaker.ts';
import { type ObjectVersion, objectVersions } from './object-versions.ts';

export interface Buckets {
  manifests: string;
  results: string;
  recordings: string;
}

/** What names the person. Recordings are first: what says which they are must go last. */
export interface FoundObjects {
  recordings: ObjectVersion[];
  results: ObjectVersion[];
  manifests: ObjectVersion[];
}

/** How many files are read at once. */
const AT_ONCE = 8;

async function textOf({ bucket, key, versionId }: ObjectVersion, s3: S3Client): Promise<string> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
    return (await Body?.transformToString()) ?? '';
  } catch (error) {
    // Gone since it was listed.
    if (error instanceof Error && error.name === 'NoSuchKey') return '';
    throw error;
  }
}

/**
 * Every version of every object that names the speaker: manifests and results by their content or key, recordings by the
 * requests that those list, and by their key.
 * @param look told how many objects were looked at so far
 */
export async function findObjects(
  speakerId: string,
  buckets: Buckets,
  { s3, look }: { s3: S3Client; look: (count: number) => void },
): Promise<FoundObjects> {
  const isNamed = wordOf(speakerId);
  // A short id in a key may be anything: a month, a number.
  const inKey = (key: string) => speakerId.length >= TELLING && isNamed(key);
  const theirs = new Set<string>();
  let looked = 0;

  const read = async (version: ObjectVersion): Promise<ObjectVersion[]> => {
    const isFile = !version.isMarker && /\.(json|out)$/.test(version.key);
    const { names, recordings } = isFile
      ? namesSpeaker(await textOf(version, s3), speakerId)
      : { names: false, recordings: [] };
    for (const uri of recordings) theirs.add(uri);
    look(++looked);
    return names || inKey(version.key) ? [version] : [];
  };
  const among = async (bucket: string) => {
    const found: ObjectVersion[] = [];
    for await (const page of objectVersions(s3, bucket)) {
      for (let at = 0; at < page.length; at += AT_ONCE) {
        found.push(...(await Promise.all(page.slice(at, at + AT_ONCE).map(read))).flat());
      }
    }
    return found;
  };
  const manifests = await among(buckets.manifests);
  const results = await among(buckets.results);

  const recordings = new Map<string, ObjectVersion>();
  const keep = (version: ObjectVersion) =>
    recordings.set(`${version.bucket}/${version.key}/${version.versionId ?? ''}`, version);
  for await (const page of objectVersions(s3, buckets.recordings)) {
    for (const version of page) if (inKey(version.key)) keep(version);
    looked += page.length;
    look(looked);
  }
  for (const uri of theirs) {
    const { Bucket, Key } = locationIn(uri);
    for await (const page of objectVersions(s3, Bucket, Key)) {
      for (const version of page) if (version.key === Key) keep(version);
    }
  }
  return { recordings: [...recordings.values()], results, manifests };
}
