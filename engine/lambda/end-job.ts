import { ConcurrentChangeError } from '../errors.ts';
import { tellBatch } from '../jobs/events.ts';
import type { Job } from '../store/jobs.ts';
import type { JobDeps, StartingJobDeps } from './job-deps.ts';
import { deleteJobFiles } from './job-files.ts';
import type { JobRef } from './start-next-job.ts';

export const hasEnded = ({ status }: Job): boolean => status !== 'SUBMITTED' && status !== 'IN_PROGRESS';

/** Changes a job as it is stored, whoever else does at the same time. @returns the job as it is then. */
export async function changeJob(
  { kind, domainId, jobId }: JobRef,
  change: (job: Job) => Job,
  { store }: JobDeps,
): Promise<Job | undefined> {
  for (;;) {
    const found = await store.jobs.get(kind, domainId, jobId);
    if (found === undefined) return undefined;
    const changed = change(found.job);
    if (changed === found.job) return changed;
    try {
      await store.jobs.put(changed, found.version);
      return changed;
    } catch (error) {
      if (!(error instanceof ConcurrentChangeError)) throw error;
    }
  }
}

/** A job's end, told once, and the domain's next job. Done again, it does what is left of it. */
export async function endJob(ref: JobRef, outcome: Partial<Job>, deps: StartingJobDeps): Promise<void> {
  const { kind, domainId, jobId } = ref;
  await deps.store.generations.afterJob(ref);
  const ended = await changeJob(
    ref,
    (job) => (hasEnded(job) ? job : { ...job, ...outcome, endedAt: deps.now() }),
    deps,
  );
  if (ended !== undefined) {
    await tellBatch(ended, ended.status === 'FAILED' ? 'FAILURE' : 'SUCCESS', deps);
    deps.logger.info('Job ended', { jobId, kind, status: ended.status });
  }
  await deps.store.jobs.dequeue(kind, domainId, jobId);
  await deps.startNext(kind, domainId);
  await deps.store.jobs.deleteRows(jobId);
  await deleteJobFiles(jobId, deps.files);
}
