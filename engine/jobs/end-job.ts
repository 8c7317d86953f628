import type { EngineDeps } from '../deps.ts';
import { measureDomain } from '../scores/measure-domain.ts';
import { hasEnded, type Job } from '../store/jobs.ts';
import { changeJob, type RefOfJob } from './change-job.ts';
import { tellBatch } from './events.ts';

/**
 * A job's end, whoever works on it: told at least once; what it leaves in the table is deleted, for requests and rows
 * hold speaker ids; off the queue last, so that what a crash cuts short is found there, and done again.
 */
export async function endJob(ref: RefOfJob, outcome: Partial<Job>, deps: EngineDeps): Promise<void> {
  const { kind, domainId, jobId } = ref;
  const { jobs, leases, generations } = deps.store;
  const ended = await changeJob(
    ref,
    (job) => (hasEnded(job) ? job : { ...job, ...outcome, endedAt: deps.now() }),
    deps,
    // From the moment that the job is seen to have ended, scores know whom it enrolled, and no print that it replaced.
    generations.nexting(domainId, kind === 'ENROLLMENT' ? 'SPEAKERS' : 'FRAUDSTERS'),
  );
  if (ended !== undefined && hasEnded(ended.job)) {
    await tellBatch(ended.job, ended.job.status === 'FAILED' ? 'FAILURE' : 'SUCCESS', deps);
    deps.logger.info('Job ended', { jobId, kind, status: ended.job.status });
    if (kind === 'ENROLLMENT') await measureDomain(domainId, deps);
  }
  await jobs.deleteRequests(jobId);
  await leases.deleteAll(jobId);
  await jobs.dequeue(ref);
  await deps.wake(kind, domainId);
}
