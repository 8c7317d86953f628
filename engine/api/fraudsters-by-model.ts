import type { EngineDeps } from '../deps.ts';
import type { Fraudster } from '../store/fraudsters.ts';
import { domainOf, existing, seconds } from './operation.ts';

/**
 * `GET /_fraudsters/{domainId}?watchlistId`: fraudsters, each with whether its print is of another model than the one in
 * use, which ListFraudsters has no member for. No voice is held against those.
 */
export async function fraudstersByModel(domainId: string, query: URLSearchParams, deps: EngineDeps): Promise<object> {
  await domainOf(domainId, deps);
  const { fraudsters, watchlists } = deps.store;
  const watchlistId = query.get('watchlistId');
  const found: Fraudster[] = [];
  if (watchlistId === null) {
    let after: string | undefined;
    do {
      const page = await fraudsters.list(domainId, 100, after);
      found.push(...page.fraudsters);
      after = page.next;
    } while (after !== undefined);
  } else {
    existing(await watchlists.get(domainId, watchlistId), 'WATCHLIST');
    found.push(...(await fraudsters.on(domainId, watchlistId)));
  }
  return {
    DomainId: domainId,
    Fraudsters: found.map(({ generatedFraudsterId, watchlistIds, createdAt, voiceprint }) => ({
      GeneratedFraudsterId: generatedFraudsterId,
      WatchlistIds: watchlistIds,
      CreatedAt: seconds(createdAt),
      Stale: voiceprint.modelId !== deps.pool.model.id,
    })),
  };
}
