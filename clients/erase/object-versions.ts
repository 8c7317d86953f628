import {
  ListObjectsV2Command,
  type ListObjectsV2Output,
  ListObjectVersionsCommand,
  type ListObjectVersionsOutput,
  type S3Client,
} from '@aws-sdk/client-s3';

/** One version of an object; of a bucket without versions the object. */
export interface ObjectVersion {
  bucket: string;
  key: string;
  versionId?: string;
  /** A marker that the object was deleted: it has no content, but its key stays to be seen. */
  isMarker: boolean;
}

const versionOf = (bucket: string, key: string, versionId: string | undefined, isMarker: boolean): ObjectVersion => ({
  bucket,
  key,
  ...(versionId !== undefined && { versionId }),
  isMarker,
});

async function* objects(s3: S3Client, Bucket: string, Prefix: string): AsyncGenerator<ObjectVersion[]> {
  let ContinuationToken: string | undefined;
  do {
    const page: ListObjectsV2Output = await s3.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken }));
    yield (page.Contents ?? []).map(({ Key = '' }) => versionOf(Bucket, Key, undefined, false));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
}

/** Whether the store keeps no versions at all, as the local cloud's does not. */
const hasNoVersions = (error: unknown) =>
  error instanceof Error && ['MethodNotAllowed', 'NotImplemented'].includes(error.name);

/** Every version of every object under a prefix, page by page. */
export async function* objectVersions(s3: S3Client, Bucket: string, Prefix = ''): AsyncGenerator<ObjectVersion[]> {
  let KeyMarker: string | undefined;
  let VersionIdMarker: string | undefined;
  do {
    let page: ListObjectVersionsOutput;
    try {
      page = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix, KeyMarker, VersionIdMarker }));
    } catch (error) {
      if (!hasNoVersions(error)) throw error;
      yield* objects(s3, Bucket, Prefix);
      return;
    }
    yield [
      ...(page.Versions ?? []).map(({ Key = '', VersionId }) => versionOf(Bucket, Key, VersionId, false)),
      ...(page.DeleteMarkers ?? []).map(({ Key = '', VersionId }) => versionOf(Bucket, Key, VersionId, true)),
    ];
    KeyMarker = page.IsTruncated === true ? page.NextKeyMarker : undefined;
    VersionIdMarker = page.NextVersionIdMarker;
  } while (KeyMarker !== undefined);
}
