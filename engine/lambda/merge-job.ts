import { failure } from '../jobs/enroll-speaker.ts';
import { ManifestError } from '../jobs/manifest.ts';
import { outputLocation, writeOutputFile } from '../jobs/output-file.ts';
import { endJob, hasEnded } from './end-job.ts';
import type { StartingJobDeps } from './job-deps.ts';
import { readGroups } from './job-files.ts';
import type { JobRef } from './start-next-job.ts';

const NOT_DONE = 'An internal error: the request was not worked on. Enroll the speaker again.';

/**
 * A job's last state: its rows become the output file, the job ends, the domain's next begins. A request whose batch
 * failed for good has a row, too: an internal error.
 */
export async function mergeJob(ref: JobRef, deps: StartingJobDeps): Promise<void> {
  const { jobs } = deps.store;
  const job = (await jobs.get(ref.kind, ref.domainId, ref.jobId))?.job;
  if (job === undefined || hasEnded(job)) return endJob(ref, {}, deps);
  try {
    const groups = await readGroups(job.jobId, undefined, deps.files);
    if (groups === undefined) {
      const failed = { message: 'The job could not be prepared: start it again.', statusCode: 500 };
      return endJob(ref, { status: 'FAILED', failure: failed }, deps);
    }
    const known = new Set<number>();
    let failures = 0;
    for await (const row of jobs.rows(job.jobId)) {
      known.add(row.index);
      if (row.failed) failures++;
    }
    const missing = groups.flat().filter(({ index }) => !known.has(index));
    await jobs.putRows(
      job.jobId,
      missing.map(({ index, request }) => failure(index, request.RequestId, 500, NOT_DONE)),
    );
    const { bucket, key } = outputLocation(job);
    await writeOutputFile(job, await deps.access(job, { write: [`${bucket}/${key}`] }), deps);
    const status = failures + missing.length === 0 ? 'COMPLETED' : 'COMPLETED_WITH_ERRORS';
    await endJob(ref, { status, percentComplete: 100 }, deps);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    await endJob(ref, { status: 'FAILED', failure: { message: error.message, statusCode: 400 } }, deps);
  }
}
