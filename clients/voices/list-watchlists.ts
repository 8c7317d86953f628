import { paginateListWatchlists, type VoiceIDClient, type WatchlistSummary } from '@aws-sdk/client-voice-id';

/** A domain's watchlists: a few at most, by quota. */
export async function listWatchlists(DomainId: string, client: VoiceIDClient): Promise<WatchlistSummary[]> {
  const found: WatchlistSummary[] = [];
  for await (const { WatchlistSummaries = [] } of paginateListWatchlists({ client }, { DomainId })) {
    found.push(...WatchlistSummaries);
  }
  return found;
}
