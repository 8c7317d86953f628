import * as z from 'zod';
import type { EngineDeps } from '../deps.ts';
import { workBatch } from '../jobs/work-batch.ts';
import { hasEnded } from '../store/jobs.ts';

export const inputSchema = z.object({
  job: z.object({ kind: z.enum(['ENROLLMENT', 'REGISTRATION']), domainId: z.string(), jobId: z.string() }),
  batch: z.object({ from: z.number(), to: z.number() }),
});

/** The batch could not be done within the function's time; what was done is kept. The state machine calls again. */
export class UnfinishedError extends Error {
  override readonly name = 'UnfinishedError';
}

/** No request is begun with less left, milliseconds: ten recordings of twenty minutes each take less. */
const ENOUGH_TIME = 200_000;
/** Groups at once: one is fetched while another is computed. */
const WIDTH = 2;

/**
 * One batch of a job's requests, within a function's time.
 * @param timeLeft milliseconds.
 * @throws UnfinishedError
 */
export async function enrollBatch(
  { job: { kind, domainId, jobId }, batch }: z.infer<typeof inputSchema>,
  timeLeft: () => number,
  deps: EngineDeps,
): Promise<void> {
  const job = (await deps.store.jobs.get(kind, domainId, jobId))?.job;
  if (job === undefined || hasEnded(job)) return;
  const go = () => timeLeft() >= ENOUGH_TIME;
  if (!(await workBatch(job, batch, { width: WIDTH, go }, deps)))
    throw new UnfinishedError('The batch goes on in the next call.');
}
