import type { Condition, Table, Version } from './table.ts';

export interface Watchlist {
  domainId: string;
  watchlistId: string;
  name: string;
  description?: string | undefined;
  defaultWatchlist: boolean;
  createdAt: number;
  updatedAt: number;
}

const partition = (domainId: string) => `WATCHLIST#${domainId}`;

/** Watchlists of a domain. */
export class Watchlists {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(domainId: string, watchlistId: string): Promise<{ watchlist: Watchlist; version: Version } | undefined> {
    const stored = await this.#table.get(partition(domainId), watchlistId);
    return stored && { watchlist: stored.value as Watchlist, version: stored.version };
  }

  put(watchlist: Watchlist, condition: Condition): Promise<Version> {
    return this.#table.put(partition(watchlist.domainId), watchlist.watchlistId, watchlist, condition);
  }

  async list(
    domainId: string,
    limit: number,
    after?: string,
  ): Promise<{ watchlists: Watchlist[]; next?: string | undefined }> {
    const page = await this.#table.page(partition(domainId), { limit, after });
    return { watchlists: page.items.map((item) => item.value as Watchlist), next: page.next };
  }

  delete(domainId: string, watchlistId: string): Promise<void> {
    return this.#table.delete(partition(domainId), watchlistId);
  }

  deleteAll(domainId: string): Promise<void> {
    return this.#table.deleteAll(partition(domainId));
  }
}
