import type { EngineDeps } from '../deps.ts';
import { ConcurrentChangeError } from '../errors.ts';
import type { Job, JobKind, JobRef } from '../store/jobs.ts';
import type { Version, Write } from '../store/table.ts';

/** A job in particular, not a domain's deletion. */
export type RefOfJob = JobRef & { kind: JobKind };

/**
 * Changes a job as it is stored, whoever else does at the same time; not where `change` gives the very same.
 * @param others written with the change, or not at all.
 * @returns the job as it is then; undefined where there is none.
 */
export async function changeJob(
  { kind, domainId, jobId }: RefOfJob,
  change: (job: Job) => Job,
  { store }: Pick<EngineDeps, 'store'>,
  ...others: Write[]
): Promise<{ job: Job; version: Version } | undefined> {
  for (;;) {
    const found = await store.jobs.get(kind, domainId, jobId);
    if (found === undefined) return undefined;
    const job = change(found.job);
    if (job === found.job) return found;
    try {
      return { job, version: await store.jobs.put(job, found.version, ...others) };
    } catch (error) {
      if (!(error instanceof ConcurrentChangeError)) throw error;
    }
  }
}
