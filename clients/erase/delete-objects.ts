import { DeleteObjectsCommand, type S3Client } from '@aws-sdk/client-s3';
import type { ObjectVersion } from './object-versions.ts';

/** S3 takes so many in one call. */
const AT_ONCE = 1000;

/** Deletes the versions, each for good. @returns those that could not be, and why. */
export async function deleteObjects(
  versions: readonly ObjectVersion[],
  s3: S3Client,
): Promise<{ bucket: string; key: string; why: string }[]> {
  const left: { bucket: string; key: string; why: string }[] = [];
  for (const [bucket, own] of Map.groupBy(versions, (version) => version.bucket)) {
    for (let at = 0; at < own.length; at += AT_ONCE) {
      const Objects = own.slice(at, at + AT_ONCE).map(({ key, versionId }) => ({ Key: key, VersionId: versionId }));
      const { Errors = [] } = await s3.send(
        new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
      );
      left.push(
        ...Errors.map(({ Key = '', Code = '', Message = '' }) => ({ bucket, key: Key, why: `${Code}: ${Message}` })),
      );
    }
  }
  return left;
}
