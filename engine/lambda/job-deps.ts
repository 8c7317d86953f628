import type { S3Client } from '@aws-sdk/client-s3';
import type { EngineDeps } from '../deps.ts';
import type { Reach } from '../jobs/data-access.ts';
import type { Job, JobKind } from '../store/jobs.ts';
import type { JobFilesDeps } from './job-files.ts';

/** What a job's states are given. */
export interface JobDeps extends EngineDeps {
  files: JobFilesDeps;
  /** Acts as the job's data-access role. @throws ManifestError where it can't. */
  access(job: Job, reach: Reach): Promise<S3Client>;
}

export interface StartingJobDeps extends JobDeps {
  /** Starts the domain's next job. */
  startNext(kind: JobKind, domainId: string): Promise<void>;
}
