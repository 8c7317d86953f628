import type { EngineDeps } from '../deps.ts';
import { ConcurrentChangeError } from '../errors.ts';
import type { Job } from '../store/jobs.ts';
import type { Version } from '../store/table.ts';

const DETAIL_TYPE = {
  ENROLLMENT: 'VoiceId Batch Speaker Enrollment Action',
  REGISTRATION: 'VoiceId Batch Fraudster Registration Action',
} as const;

/** `EnrollmentConfig` → `enrollmentConfig`, as deep as it goes: events have camelCase members. */
function camelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name.charAt(0).toLowerCase() + name.slice(1), camelCase(item)]),
  );
}

/** Tells of a batch job: submitted, succeeded or failed. Shaped as Voice ID's own events were. */
export function tellBatch(job: Job, status: 'SUBMITTED' | 'SUCCESS' | 'FAILURE', deps: EngineDeps): Promise<void> {
  const config = job.kind === 'ENROLLMENT' ? 'enrollmentConfig' : 'registrationConfig';
  return deps.publish({
    source: 'vivavoce.voiceid',
    detailType: DETAIL_TYPE[job.kind],
    detail: {
      sourceId: `${job.jobId}-${status}`,
      domainId: job.domainId,
      action: `BATCH_${job.kind}_REQUEST`,
      status,
      batchJobId: job.jobId,
      data: {
        dataAccessRoleArn: job.dataAccessRoleArn,
        ...(job.config !== undefined && { [config]: camelCase(job.config) }),
        inputDataConfig: { s3Uri: job.inputS3Uri },
        outputDataConfig: {
          s3Uri: job.outputS3Uri,
          ...(job.outputKmsKeyId !== undefined && { kmsKeyId: job.outputKmsKeyId }),
        },
      },
      ...(job.failure !== undefined && {
        errorInfo: {
          errorMessage: job.failure.message,
          errorType: job.failure.statusCode >= 500 ? 'SERVICE_ERROR' : 'CLIENT_ERROR',
          errorCode: job.failure.statusCode,
        },
      }),
    },
  });
}

/** Tells of the submission, and keeps that it was told: until then, whoever takes up the job tells it again. */
export async function told({ job, version }: { job: Job; version: Version }, deps: EngineDeps): Promise<Job> {
  if (job.told) return job;
  await tellBatch(job, 'SUBMITTED', deps);
  try {
    await deps.store.jobs.put({ ...job, told: true }, version);
  } catch (error) {
    // Somebody took it up meanwhile.
    if (!(error instanceof ConcurrentChangeError)) throw error;
  }
  return job;
}
