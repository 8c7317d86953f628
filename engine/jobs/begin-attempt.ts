import type { EngineDeps } from '../deps.ts';
import { hasEnded, type Job } from '../store/jobs.ts';
import type { Version } from '../store/table.ts';
import { changeJob, type RefOfJob } from './change-job.ts';
import { endJob } from './end-job.ts';
import { told } from './events.ts';

/** Times that a job's preparation, and its merging, are begun: with the waits between them more than an hour of trouble. */
export const MOST_ATTEMPTS = 40;

/**
 * Counts one more try of a step that may fail, or take its engine with it, before it is begun. A job that has had all
 * its tries ends, and says what the last one failed with: the domain's next one does not wait for it.
 * @returns the job; undefined where it has ended.
 */
export async function beginAttempt(
  ref: RefOfJob,
  deps: EngineDeps,
): Promise<{ job: Job; version: Version } | undefined> {
  const found = await deps.store.jobs.get(ref.kind, ref.domainId, ref.jobId);
  if (found !== undefined && !hasEnded(found.job)) await told(found, deps);
  let given: Job['attempts'];
  const begun = await changeJob(
    ref,
    (job) => {
      given = job.attempts ?? 0;
      return hasEnded(job) || given >= MOST_ATTEMPTS
        ? job
        : { ...job, told: true, status: 'IN_PROGRESS', attempts: given + 1 };
    },
    deps,
  );
  if (begun === undefined || hasEnded(begun.job)) {
    await endJob(ref, {}, deps);
    return undefined;
  }
  if (given === MOST_ATTEMPTS) {
    const last = begun.job.lastError ?? 'the engine that worked on it was gone each time';
    const message = `The job could not go on, after ${MOST_ATTEMPTS} attempts: ${last}.`;
    await endJob(ref, { status: 'FAILED', failure: { message, statusCode: 500 } }, deps);
    return undefined;
  }
  return begun;
}

/** What a service answered, as far as it is fit to be shown; of a fault of the program, its name alone. */
function said(error: unknown): string {
  if (!(error instanceof Error)) return 'an unknown error';
  return '$metadata' in error ? `${error.name} (${error.message.slice(0, 200)})` : error.name;
}

/** Keeps what a try failed with. */
export async function keepError(ref: RefOfJob, error: unknown, deps: EngineDeps): Promise<void> {
  await changeJob(ref, (job) => (hasEnded(job) ? job : { ...job, lastError: said(error) }), deps);
}
