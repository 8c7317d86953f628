import { ManifestError, readRequests } from '../jobs/manifest.ts';
import { readInput } from '../jobs/read-input.ts';
import type { Job } from '../store/jobs.ts';
import { changeJob, endJob, hasEnded } from './end-job.ts';
import type { StartingJobDeps } from './job-deps.ts';
import { type Entry, writeJobFiles } from './job-files.ts';
import type { JobRef } from './start-next-job.ts';

export interface PrepareJobDeps extends StartingJobDeps {
  speakersPerBatch: number;
  maxConcurrency: number;
}

export type Prepared =
  | { next: 'RUN'; total: number; batches: { bucket: string; key: string }; maxConcurrency: number }
  | { next: 'ENDED' };

/**
 * The manifest's requests in groups that don't depend on each other: a speaker's requests in manifest order. Fraudsters
 * are one group, as each may be a duplicate of the one before.
 * @throws ManifestError
 */
export function groupsOf(job: Job, input: Uint8Array): Entry[][] {
  if (job.kind === 'REGISTRATION')
    return [readRequests('REGISTRATION', input).map((request, index) => ({ index, request }))];
  const entries = readRequests('ENROLLMENT', input).map((request, index) => ({ index, request }));
  return [...Map.groupBy(entries, ({ request }) => request.SpeakerId).values()];
}

const path = (uri: string) => uri.replace(/^s3:\/\//, '');

/** A job's first state: reads the manifest and splits it into batches. A manifest that can't be read ends the job. */
export async function prepareJob(ref: JobRef, deps: PrepareJobDeps): Promise<Prepared> {
  const job = await changeJob(ref, (it) => (it.status === 'SUBMITTED' ? { ...it, status: 'IN_PROGRESS' } : it), deps);
  if (job === undefined || hasEnded(job)) {
    await endJob(ref, {}, deps);
    return { next: 'ENDED' };
  }
  deps.logger.info('Job started', { jobId: job.jobId, kind: job.kind });
  try {
    const s3 = await deps.access(job, { read: [path(job.inputS3Uri)] });
    const groups = groupsOf(job, await readInput(job, s3));
    const batches = await writeJobFiles(job.jobId, groups, deps.speakersPerBatch, deps.files);
    const total = groups.reduce((sum, group) => sum + group.length, 0);
    return { next: 'RUN', total, batches, maxConcurrency: deps.maxConcurrency };
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    await endJob(ref, { status: 'FAILED', failure: { message: error.message, statusCode: 400 } }, deps);
    return { next: 'ENDED' };
  }
}
