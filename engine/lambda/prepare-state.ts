import type { EngineDeps } from '../deps.ts';
import { eraseDomain } from '../jobs/erase-domain.ts';
import { prepareJob } from '../jobs/prepare-job.ts';
import { type Batch, batchesOf, type JobRef } from '../store/jobs.ts';

/** What the state machine goes on with. Batches are ranges of numbers: no state sees a speaker. */
export type Prepared =
  | { next: 'RUN'; batches: Batch[]; maxConcurrency: number }
  /** There is more to erase than one call does. */
  | { next: 'AGAIN' }
  | { next: 'ENDED' };

export interface PrepareOptions {
  speakersPerBatch: number;
  maxConcurrency: number;
  /** Milliseconds that the function has left. */
  timeLeft: () => number;
}

/** No step of an erasure is begun with less left, milliseconds. */
const ENOUGH_TIME = 30_000;

/** A job's first state: its batches. Of a domain's deletion, all that there is time for. */
export async function prepareState(
  { kind, domainId, jobId }: JobRef,
  { speakersPerBatch, maxConcurrency, timeLeft }: PrepareOptions,
  deps: EngineDeps,
): Promise<Prepared> {
  if (kind === 'DELETION')
    return (await eraseDomain(domainId, () => timeLeft() > ENOUGH_TIME, deps)) ? { next: 'ENDED' } : { next: 'AGAIN' };
  const job = await prepareJob({ kind, domainId, jobId }, () => speakersPerBatch, deps);
  return job === undefined ? { next: 'ENDED' } : { next: 'RUN', batches: batchesOf(job.batchEnds), maxConcurrency };
}
