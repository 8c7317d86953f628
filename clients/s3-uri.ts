/** Where an object is in S3. */
export interface Location {
  Bucket: string;
  Key: string;
}

/** Bucket and key of an object's URI; undefined where it is none. */
export function locationOf(s3Uri: string): Location | undefined {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(s3Uri) ?? [];
  return Bucket === undefined || Key === undefined ? undefined : { Bucket, Key };
}

/** The same of a URI that an engine or a manifest gave; empty where it is none, which S3's client refuses. */
export const locationIn = (s3Uri: string): Location => locationOf(s3Uri) ?? { Bucket: '', Key: '' };
