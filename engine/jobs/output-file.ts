import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Job, Row } from '../store/jobs.ts';
import { ManifestError } from './manifest.ts';
import { outputLocation } from './output-location.ts';
import { refusalOf } from './s3-errors.ts';
import type { SameVoice } from './same-voice.ts';

const SUCCESSES = { ENROLLMENT: 'SuccessfulEnrollments', REGISTRATION: 'SuccessfulRegistrations' } as const;

/**
 * Rows in the order of their requests, failures and successes apart. `SameVoice` is ours: clients of Voice ID pass over
 * members that they don't know.
 */
function contents(job: Job, rows: readonly Row[], shared: readonly SameVoice[]): string {
  return JSON.stringify({
    Version: '1.0',
    Errors: rows.filter((row) => row.failed).map((row) => row.result),
    [SUCCESSES[job.kind]]: rows.filter((row) => !row.failed).map((row) => row.result),
    ...(shared.length > 0 && { SameVoice: shared }),
  });
}

/**
 * The job's rows as its output file; done again, it writes the same.
 * @throws ManifestError where the output folder can't be written to: the job fails and says so.
 */
export async function writeOutputFile(
  job: Job,
  { rows: unsorted, shared }: { rows: readonly Row[]; shared: readonly SameVoice[] },
  s3: S3Client,
): Promise<void> {
  const rows = unsorted.toSorted((a, b) => a.index - b.index);
  const body = contents(job, rows, shared);
  const { bucket, key } = outputLocation(job);
  try {
    await s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: body,
        ContentType: 'application/json',
        ...(job.outputKmsKeyId !== undefined && { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: job.outputKmsKeyId }),
      }),
    );
  } catch (error) {
    const found = refusalOf(error);
    if (found === undefined) throw error;
    throw new ManifestError(
      `The output file s3://${bucket}/${key} can't be written: found ${found}, expected a folder that the data-access role may write to.`,
      { cause: error },
    );
  }
}
