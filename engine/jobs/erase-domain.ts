import type { EngineDeps } from '../deps.ts';

/**
 * Erases a domain that is marked, step by step; done again, or by several at once, it goes on where it is. Nothing new
 * comes in meanwhile: what is created in a domain depends on its mark, what a job writes on the request that it answers,
 * and requests on their job. So jobs go before their requests, requests before speakers, and the domain itself last.
 * @param go whether there is time for more.
 * @returns whether nothing is left.
 */
export async function eraseDomain(domainId: string, go: () => boolean, deps: EngineDeps): Promise<boolean> {
  const { jobs, leases, sessions, speakers, fraudsters, watchlists, generations, clientTokens, domains } = deps.store;
  const there = await domains.get(domainId);
  if (there !== undefined && !there.domain.suspended) throw new Error('The domain is not marked for deletion.');
  for (const kind of ['ENROLLMENT', 'REGISTRATION'] as const) {
    for (const jobId of await jobs.queued(kind, domainId)) {
      if (!go()) return false;
      await jobs.delete(kind, domainId, jobId);
      await jobs.deleteRequests(jobId);
      await leases.deleteAll(jobId);
      await jobs.dequeue({ kind, domainId, jobId });
    }
    if (!(await jobs.deleteAll(kind, domainId, go))) return false;
  }
  await sessions.deleteAll(domainId);
  if (!(await speakers.deleteAll(domainId, go))) return false;
  if (!(await fraudsters.deleteAll(domainId, go))) return false;
  await watchlists.deleteAll(domainId);
  for (const scope of ['StartENROLLMENT', 'StartREGISTRATION', 'CreateWatchlist'])
    await clientTokens.deleteAll(`${scope}#${domainId}`);
  await generations.deleteAll(domainId);
  await domains.delete(domainId);
  for (const jobId of await jobs.queued('DELETION', domainId)) {
    await leases.deleteAll(jobId);
    await jobs.dequeue({ kind: 'DELETION', domainId, jobId });
  }
  deps.logger.info('Domain erased', { domainId });
  return true;
}
