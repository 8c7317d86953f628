import { ConflictException, ServiceQuotaExceededException, ValidationException } from '../../errors.ts';
import type { Watchlist } from '../../store/watchlists.ts';
import { type Intent, once } from '../idempotency.ts';
import { activeDomain, domainOf, existing, type Operation, pageSize, seconds } from '../operation.ts';
import { pageAfter, pageToken } from '../page-token.ts';

function describe(watchlist: Watchlist) {
  return {
    CreatedAt: seconds(watchlist.createdAt),
    DefaultWatchlist: watchlist.defaultWatchlist,
    ...(watchlist.description !== undefined && { Description: watchlist.description }),
    DomainId: watchlist.domainId,
    Name: watchlist.name,
    UpdatedAt: seconds(watchlist.updatedAt),
    WatchlistId: watchlist.watchlistId,
  };
}

function notDefault(watchlist: Watchlist): void {
  if (watchlist.defaultWatchlist) {
    throw new ValidationException("The domain's default watchlist can't be changed or deleted.");
  }
}

export const createWatchlist: Operation<'CreateWatchlist'> = async (request, deps) => {
  const { domain, version } = await activeDomain(request.DomainId, deps);
  const { domains, watchlists } = deps.store;
  const most = deps.settings.quotas.watchlistsPerDomain;
  const create = async ({ id, createdAt }: Intent) => {
    const watchlist: Watchlist = {
      domainId: request.DomainId,
      watchlistId: id,
      name: request.Name,
      description: request.Description,
      defaultWatchlist: false,
      createdAt,
      updatedAt: createdAt,
    };
    if ((await watchlists.get(request.DomainId, id)) === undefined) {
      const others = await watchlists.list(request.DomainId, Math.max(1, most));
      if (others.watchlists.length >= most) {
        throw new ServiceQuotaExceededException(
          `The domain has ${others.watchlists.length} watchlists, the quota is ${most}.`,
        );
      }
      // Another version of the domain: no two calls count the same watchlists and add one each.
      await watchlists.put(watchlist, 'absent', domains.putting(domain, version));
    }
    return { Watchlist: describe(watchlist) };
  };
  const unchanged = domains.unchanged(request.DomainId, version);
  return once(`CreateWatchlist#${request.DomainId}`, request, deps, create, unchanged);
};

export const describeWatchlist: Operation<'DescribeWatchlist'> = async ({ DomainId, WatchlistId }, deps) => {
  await domainOf(DomainId, deps);
  return {
    Watchlist: describe(existing(await deps.store.watchlists.get(DomainId, WatchlistId), 'WATCHLIST').watchlist),
  };
};

export const listWatchlists: Operation<'ListWatchlists'> = async ({ DomainId, MaxResults, NextToken }, deps) => {
  await domainOf(DomainId, deps);
  const list = `watchlists of ${DomainId}`;
  const after = pageAfter(NextToken, list, deps.settings);
  const page = await deps.store.watchlists.list(DomainId, pageSize(MaxResults), after);
  return { WatchlistSummaries: page.watchlists.map(describe), ...pageToken(page.next, list, deps.settings) };
};

export const updateWatchlist: Operation<'UpdateWatchlist'> = async (request, deps) => {
  await domainOf(request.DomainId, deps);
  const { watchlists } = deps.store;
  const { watchlist, version } = existing(await watchlists.get(request.DomainId, request.WatchlistId), 'WATCHLIST');
  notDefault(watchlist);
  const updated: Watchlist = {
    ...watchlist,
    ...(request.Name !== undefined && { name: request.Name }),
    ...(request.Description !== undefined && { description: request.Description }),
    updatedAt: deps.now(),
  };
  await watchlists.put(updated, version);
  return { Watchlist: describe(updated) };
};

export const deleteWatchlist: Operation<'DeleteWatchlist'> = async ({ DomainId, WatchlistId }, deps) => {
  await domainOf(DomainId, deps);
  const { watchlists, fraudsters } = deps.store;
  const { watchlist, version } = existing(await watchlists.get(DomainId, WatchlistId), 'WATCHLIST');
  notDefault(watchlist);
  const on = await fraudsters.on(DomainId, WatchlistId);
  if (on.length > 0) {
    throw new ConflictException(
      `The watchlist has ${on.length} fraudsters: take them off first.`,
      'CANNOT_DELETE_NON_EMPTY_WATCHLIST',
    );
  }
  await watchlists.delete(DomainId, WatchlistId, version);
  return {};
};
