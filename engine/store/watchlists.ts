import type { Condition, Table, Version, Write } from './table.ts';

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

  put(watchlist: Watchlist, where: Condition, ...others: Write[]): Promise<Version> {
    return this.#table.write([this.putting(watchlist, where), ...others]);
  }

  /** To be written together with something else: the same watchlist again where only its version is to be another. */
  putting(watchlist: Watchlist, where: Condition): Write {
    const { domainId, watchlistId: sort } = watchlist;
    return { put: { partition: partition(domainId), sort, value: watchlist }, where };
  }

  async list(
    domainId: string,
    limit: number,
    after?: string,
  ): Promise<{ watchlists: Watchlist[]; next?: string | undefined }> {
    const page = await this.#table.page(partition(domainId), { limit, after });
    return { watchlists: page.items.map((item) => item.value as Watchlist), next: page.next };
  }

  delete(domainId: string, watchlistId: string, where: Version): Promise<void> {
    return this.#table.delete(partition(domainId), watchlistId, where);
  }

  async deleteAll(domainId: string): Promise<void> {
    await this.#table.deleteAll(partition(domainId));
  }
}
