import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Put } from '../../clients/find-runs.ts';
import type { Operator } from '../operator.ts';
import type { Chosen } from './choices.tsx';

/**
 * Puts manifests into their bucket, each of which starts a job in the domain that the pages are about.
 * @param manifests of more than one each gets a number: `NAME-1.json`, `NAME-2.json`
 */
export async function sendManifests(
  manifests: readonly Uint8Array[],
  { name, prefix, metadata }: Chosen,
  { s3, buckets, domainId }: Operator,
): Promise<Put[]> {
  const bucket = buckets().manifests;
  const Metadata = { 'domain-id': await domainId(), ...metadata };
  const sent: Put[] = [];
  for (const [index, Body] of manifests.entries()) {
    const key = `${prefix}${name}${manifests.length === 1 ? '' : `-${index + 1}`}.json`;
    const put = new PutObjectCommand({ Bucket: bucket, Key: key, Body, ContentType: 'application/json', Metadata });
    const { ETag, VersionId } = await s3.send(put);
    sent.push({ bucket, key, eTag: (ETag ?? '').replaceAll('"', ''), versionId: VersionId });
  }
  return sent;
}
