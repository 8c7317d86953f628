import type { S3Client } from '@aws-sdk/client-s3';
import type { Job } from '../store/jobs.ts';
import { MAX_MANIFEST_BYTES, ManifestError } from './manifest.ts';
import { ObjectTooLargeError, parseS3Uri, readObject } from './read-object.ts';
import { refusalOf } from './s3-errors.ts';

/** The bytes of a job's manifest. @throws ManifestError where they can't be had, or are too many. */
export async function readInput(job: Job, s3: S3Client): Promise<Uint8Array> {
  const uri = job.inputS3Uri;
  const location = parseS3Uri(uri);
  if (location === undefined) throw new ManifestError(`The input ${uri} names no object.`);
  try {
    return await readObject(location, MAX_MANIFEST_BYTES, s3);
  } catch (error) {
    if (error instanceof ObjectTooLargeError) {
      throw new ManifestError(
        `The input ${uri} is too large: found ${error.found}, expected at most ${MAX_MANIFEST_BYTES}: split the manifest.`,
      );
    }
    const found = refusalOf(error);
    if (found === undefined) throw error;
    throw new ManifestError(
      `The input ${uri} can't be read: found ${found}, expected a manifest that the data-access role may read.`,
      { cause: error },
    );
  }
}
