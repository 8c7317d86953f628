import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import * as z from 'zod';
import type { JobRef, QueueKind } from '../store/jobs.ts';
import type { Store } from '../store/store.ts';

/** What names a job from state to state. */
export const jobRefSchema = z.object({
  kind: z.enum(['ENROLLMENT', 'REGISTRATION', 'DELETION']),
  domainId: z.string(),
  jobId: z.string(),
});

/**
 * Starts the execution of the domain's first job that has not ended. Its name is the job's: where it runs already, that
 * counts as started. Callers put a job on the queue, or take one off, before they call: so whoever comes last starts it.
 */
export async function startNextJob(
  kind: QueueKind,
  domainId: string,
  deps: { store: Pick<Store, 'jobs'>; stepFunctions: SFNClient; stateMachineArn: string },
): Promise<void> {
  const [jobId] = await deps.store.jobs.queued(kind, domainId);
  if (jobId === undefined) return;
  const job: JobRef = { kind, domainId, jobId };
  try {
    await deps.stepFunctions.send(
      new StartExecutionCommand({
        stateMachineArn: deps.stateMachineArn,
        name: `${kind}-${domainId}-${jobId}`,
        input: JSON.stringify(job),
      }),
    );
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  }
}
