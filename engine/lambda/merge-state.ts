import type { EngineDeps } from '../deps.ts';
import { eraseDomain } from '../jobs/erase-domain.ts';
import { mergeJob } from '../jobs/merge-job.ts';
import type { JobRef } from '../store/jobs.ts';

/** A job's last state, or its end where its execution died. Of a domain's deletion, which needs none, what is left. */
export async function mergeState({ kind, domainId, jobId }: JobRef, deps: EngineDeps): Promise<void> {
  if (kind === 'DELETION') await eraseDomain(domainId, () => true, deps);
  else await mergeJob({ kind, domainId, jobId }, deps);
}
