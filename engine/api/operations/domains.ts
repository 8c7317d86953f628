import { ConflictException, ServiceQuotaExceededException } from '../../errors.ts';
import { eraseDomain } from '../../jobs/erase-domain.ts';
import type { Domain } from '../../store/domains.ts';
import { randomId, timeOrderedId } from '../../store/ids.ts';
import { hasEnded } from '../../store/jobs.ts';
import { once } from '../idempotency.ts';
import { activeDomain, existing, type Operation, pageSize, seconds } from '../operation.ts';
import { pageAfter, pageToken } from '../page-token.ts';

const MOST_DOMAINS = 10;

function describe(domain: Domain) {
  return {
    Arn: domain.arn,
    CreatedAt: seconds(domain.createdAt),
    ...(domain.description !== undefined && { Description: domain.description }),
    DomainId: domain.domainId,
    DomainStatus: domain.suspended ? 'SUSPENDED' : 'ACTIVE',
    Name: domain.name,
    ServerSideEncryptionConfiguration: { KmsKeyId: domain.kmsKeyId },
    ...(domain.previousKmsKeyId !== undefined && {
      ServerSideEncryptionUpdateDetails: { OldKmsKeyId: domain.previousKmsKeyId, UpdateStatus: 'COMPLETED' },
    }),
    UpdatedAt: seconds(domain.updatedAt),
    WatchlistDetails: { DefaultWatchlistId: domain.defaultWatchlistId },
  };
}

export const createDomain: Operation<'CreateDomain'> = (request, deps) =>
  once('CreateDomain', request, deps, async ({ id, createdAt }) => {
    const { domains, watchlists } = deps.store;
    const { settings } = deps;
    const there = await domains.get(id);
    if (there !== undefined) return { Domain: describe(there.domain) };
    const { domains: others, next } = await domains.list(Math.max(1, settings.quotas.domains));
    if (others.length >= settings.quotas.domains || next !== undefined) {
      throw new ServiceQuotaExceededException(
        `The account has ${others.length} domains, the quota is ${settings.quotas.domains}.`,
      );
    }
    const domain: Domain = {
      domainId: id,
      arn: `arn:aws:voiceid:${settings.region}:${settings.accountId}:domain/${id}`,
      name: request.Name,
      description: request.Description,
      kmsKeyId: request.ServerSideEncryptionConfiguration.KmsKeyId,
      defaultWatchlistId: randomId(),
      tags: Object.fromEntries((request.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
      createdAt,
      updatedAt: createdAt,
    };
    const watchlist = { domainId: id, watchlistId: domain.defaultWatchlistId, name: 'default', defaultWatchlist: true };
    await domains.put(
      domain,
      'absent',
      watchlists.putting({ ...watchlist, createdAt, updatedAt: createdAt }, 'absent'),
    );
    return { Domain: describe(domain) };
  });

export const describeDomain: Operation<'DescribeDomain'> = async ({ DomainId }, { store }) => ({
  Domain: describe(existing(await store.domains.get(DomainId), 'DOMAIN').domain),
});

export const listDomains: Operation<'ListDomains'> = async ({ MaxResults, NextToken }, { store, settings }) => {
  const page = await store.domains.list(pageSize(MaxResults, MOST_DOMAINS), pageAfter(NextToken, 'domains', settings));
  return {
    DomainSummaries: page.domains.map(describe),
    ...pageToken(page.next, 'domains', settings),
  };
};

export const updateDomain: Operation<'UpdateDomain'> = async (request, deps) => {
  const { store, now } = deps;
  const { domain, version } = await activeDomain(request.DomainId, deps);
  const kmsKeyId = request.ServerSideEncryptionConfiguration.KmsKeyId;
  const updated: Domain = {
    ...domain,
    name: request.Name,
    description: request.Description,
    kmsKeyId,
    ...(kmsKeyId !== domain.kmsKeyId && { previousKmsKeyId: domain.kmsKeyId }),
    updatedAt: now(),
  };
  await store.domains.put(updated, version);
  return { Domain: describe(updated) };
};

/** Milliseconds that the call itself erases: a small domain is gone with its answer. */
const ERASE_MS = 5000;

/**
 * Marks the domain, from when on nothing new comes into it, and queues its deletion, in one step. What the call itself
 * does not erase in its time, whoever works the queue does; so too after a crash.
 */
export const deleteDomain: Operation<'DeleteDomain'> = async ({ DomainId }, deps) => {
  const { domains, jobs } = deps.store;
  const { domain, version } = existing(await domains.get(DomainId), 'DOMAIN');
  const running: string[] = [];
  for (const kind of ['ENROLLMENT', 'REGISTRATION'] as const) {
    for (const jobId of await jobs.queued(kind, DomainId)) {
      // One that has ended is on the queue until what it leaves is deleted.
      const found = await jobs.get(kind, DomainId, jobId);
      if (found !== undefined && !hasEnded(found.job)) running.push(jobId);
    }
  }
  if (running.length > 0 && !domain.suspended) {
    throw new ConflictException(
      `The domain has ${running.length} batch jobs that have not ended: delete it when they have.`,
      'CONCURRENT_CHANGES',
    );
  }
  const jobId = timeOrderedId(new Date(deps.now()));
  const deletion = jobs.queueing({ kind: 'DELETION', domainId: DomainId, jobId });
  await domains.put({ ...domain, suspended: true }, version, deletion);
  const end = deps.now() + ERASE_MS;
  if (!(await eraseDomain(DomainId, () => deps.now() < end, deps))) await deps.wake('DELETION', DomainId);
  return {};
};
