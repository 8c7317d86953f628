import { ServiceQuotaExceededException, ValidationException } from '../../errors.ts';
import type { Fraudster } from '../../store/fraudsters.ts';
import { domainOf, existing, type Operation, pageSize, seconds } from '../operation.ts';
import { pageAfter, pageToken } from '../page-token.ts';

function describe(fraudster: Fraudster) {
  return {
    CreatedAt: seconds(fraudster.createdAt),
    DomainId: fraudster.domainId,
    GeneratedFraudsterId: fraudster.generatedFraudsterId,
    WatchlistIds: fraudster.watchlistIds,
  };
}

export const describeFraudster: Operation<'DescribeFraudster'> = async ({ DomainId, FraudsterId }, deps) => {
  await domainOf(DomainId, deps);
  return {
    Fraudster: describe(existing(await deps.store.fraudsters.get(DomainId, FraudsterId), 'FRAUDSTER').fraudster),
  };
};

export const deleteFraudster: Operation<'DeleteFraudster'> = async ({ DomainId, FraudsterId }, deps) => {
  await domainOf(DomainId, deps);
  const { fraudsters } = deps.store;
  const { version } = existing(await fraudsters.get(DomainId, FraudsterId), 'FRAUDSTER');
  await fraudsters.delete(DomainId, FraudsterId, version);
  await deps.publish({
    source: 'vivavoce.voiceid',
    detailType: 'VoiceId Fraudster Action',
    detail: {
      sourceId: FraudsterId,
      domainId: DomainId,
      action: 'DELETE_FRAUDSTER',
      status: 'SUCCESS',
      generatedFraudsterId: FraudsterId,
    },
  });
  return {};
};

export const listFraudsters: Operation<'ListFraudsters'> = async (request, deps) => {
  const { DomainId, WatchlistId } = request;
  await domainOf(DomainId, deps);
  const { fraudsters, watchlists } = deps.store;
  const size = pageSize(request.MaxResults);
  const list = `fraudsters of ${DomainId} ${WatchlistId ?? ''}`;
  const after = pageAfter(request.NextToken, list, deps.settings);
  if (WatchlistId === undefined) {
    const page = await fraudsters.list(DomainId, size, after);
    return { FraudsterSummaries: page.fraudsters.map(describe), ...pageToken(page.next, list, deps.settings) };
  }
  existing(await watchlists.get(DomainId, WatchlistId), 'WATCHLIST');
  // A watchlist holds some hundreds at most: all of them, then the page.
  const rest = (await fraudsters.on(DomainId, WatchlistId)).filter((one) => one.generatedFraudsterId > (after ?? ''));
  const shown = rest.slice(0, size);
  const next = rest.length > shown.length ? shown.at(-1)?.generatedFraudsterId : undefined;
  return { FraudsterSummaries: shown.map(describe), ...pageToken(next, list, deps.settings) };
};

export const associateFraudster: Operation<'AssociateFraudster'> = async (request, deps) => {
  const { DomainId, FraudsterId, WatchlistId } = request;
  await domainOf(DomainId, deps);
  const { fraudsters, watchlists } = deps.store;
  const list = existing(await watchlists.get(DomainId, WatchlistId), 'WATCHLIST');
  const { fraudster, version } = existing(await fraudsters.get(DomainId, FraudsterId), 'FRAUDSTER');
  if (fraudster.watchlistIds.includes(WatchlistId)) return { Fraudster: describe(fraudster) };
  const most = deps.settings.quotas.fraudstersPerWatchlist;
  if ((await fraudsters.on(DomainId, WatchlistId)).length >= most) {
    throw new ServiceQuotaExceededException(`The watchlist is full: the quota is ${most} fraudsters.`);
  }
  const updated = { ...fraudster, watchlistIds: [...fraudster.watchlistIds, WatchlistId] };
  // Another version of the watchlist: who counts its fraudsters at this moment, to add one or to delete it, counts again.
  await fraudsters.put(updated, version, watchlists.putting(list.watchlist, list.version));
  return { Fraudster: describe(updated) };
};

export const disassociateFraudster: Operation<'DisassociateFraudster'> = async (request, deps) => {
  const { DomainId, FraudsterId, WatchlistId } = request;
  await domainOf(DomainId, deps);
  const { fraudsters, watchlists } = deps.store;
  existing(await watchlists.get(DomainId, WatchlistId), 'WATCHLIST');
  const { fraudster, version } = existing(await fraudsters.get(DomainId, FraudsterId), 'FRAUDSTER');
  const left = fraudster.watchlistIds.filter((id) => id !== WatchlistId);
  if (left.length === fraudster.watchlistIds.length) {
    throw new ValidationException('The fraudster is not on that watchlist.');
  }
  if (left.length === 0) {
    throw new ValidationException('A fraudster must be on at least one watchlist: delete the fraudster instead.');
  }
  const updated = { ...fraudster, watchlistIds: left };
  await fraudsters.put(updated, version);
  return { Fraudster: describe(updated) };
};
