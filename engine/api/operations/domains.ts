import { ConflictException, ServiceQuotaExceededException } from '../../errors.ts';
import type { Domain } from '../../store/domains.ts';
import { randomId } from '../../store/ids.ts';
import { once, putOnce } from '../idempotency.ts';
import { domainOf, existing, type Operation, pageSize, seconds } from '../operation.ts';
import { pageAfter, pageToken } from '../page-token.ts';

const MOST_DOMAINS = 10;

function describe(domain: Domain) {
  return {
    Arn: domain.arn,
    CreatedAt: seconds(domain.createdAt),
    ...(domain.description !== undefined && { Description: domain.description }),
    DomainId: domain.domainId,
    DomainStatus: 'ACTIVE',
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
    await domains.put(domain, 'absent');
    await putOnce(
      watchlists.put(
        {
          domainId: id,
          watchlistId: domain.defaultWatchlistId,
          name: 'default',
          defaultWatchlist: true,
          createdAt,
          updatedAt: createdAt,
        },
        'absent',
      ),
    );
    return { Domain: describe(domain) };
  });

export const describeDomain: Operation<'DescribeDomain'> = async ({ DomainId }, deps) => ({
  Domain: describe(await domainOf(DomainId, deps)),
});

export const listDomains: Operation<'ListDomains'> = async ({ MaxResults, NextToken }, { store, settings }) => {
  const page = await store.domains.list(pageSize(MaxResults, MOST_DOMAINS), pageAfter(NextToken, 'domains', settings));
  return {
    DomainSummaries: page.domains.map(describe),
    ...pageToken(page.next, 'domains', settings),
  };
};

export const updateDomain: Operation<'UpdateDomain'> = async (request, { store, now }) => {
  const { domain, version } = existing(await store.domains.get(request.DomainId), 'DOMAIN');
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

/** Erases everything in the domain first and the domain last: a crash leaves a domain that can be deleted again. */
export const deleteDomain: Operation<'DeleteDomain'> = async ({ DomainId }, deps) => {
  await domainOf(DomainId, deps);
  const { speakers, fraudsters, watchlists, jobs, domains, generations } = deps.store;
  const running = (await jobs.queued('ENROLLMENT', DomainId)).concat(await jobs.queued('REGISTRATION', DomainId));
  if (running.length > 0) {
    throw new ConflictException(
      `The domain has ${running.length} batch jobs that have not ended: delete it when they have.`,
      'CONCURRENT_CHANGES',
    );
  }
  await deps.store.sessions.deleteAll(DomainId);
  await speakers.deleteAll(DomainId);
  await generations.next(DomainId, 'SPEAKERS');
  await fraudsters.deleteAll(DomainId);
  await generations.next(DomainId, 'FRAUDSTERS');
  await jobs.deleteAll(DomainId);
  await watchlists.deleteAll(DomainId);
  await domains.delete(DomainId);
  await generations.deleteAll(DomainId);
  return {};
};
