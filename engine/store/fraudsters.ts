import { changeGeneration } from './generations.ts';
import type { Condition, Table, Version } from './table.ts';
import type { Voiceprint } from './voiceprints.ts';

export interface Fraudster {
  domainId: string;
  generatedFraudsterId: string;
  /** At least one. */
  watchlistIds: string[];
  voiceprint: Voiceprint;
  /** Score against the closest that was registered before, if any was: a restarted job finds it there. */
  similarity?: number | undefined;
  createdAt: number;
}

const partition = (domainId: string) => `FRAUDSTER#${domainId}`;

/** Fraudsters of a domain. */
export class Fraudsters {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(domainId: string, fraudsterId: string): Promise<{ fraudster: Fraudster; version: Version } | undefined> {
    const stored = await this.#table.get(partition(domainId), fraudsterId);
    return stored && { fraudster: stored.value as Fraudster, version: stored.version };
  }

  /** On its watchlists, and off others, from now on. */
  put(fraudster: Fraudster, condition: Condition): Promise<Version> {
    const { domainId, generatedFraudsterId: sort } = fraudster;
    const put = { partition: partition(domainId), sort, value: fraudster };
    return changeGeneration(this.#table, domainId, 'FRAUDSTERS', { put, where: condition });
  }

  async list(
    domainId: string,
    limit: number,
    after?: string,
  ): Promise<{ fraudsters: Fraudster[]; next?: string | undefined }> {
    const page = await this.#table.page(partition(domainId), { limit, after });
    return { fraudsters: page.items.map((item) => item.value as Fraudster), next: page.next };
  }

  /** Those on a watchlist. */
  async on(domainId: string, watchlistId: string): Promise<Fraudster[]> {
    const found: Fraudster[] = [];
    for await (const { value } of this.#table.all(partition(domainId))) {
      const fraudster = value as Fraudster;
      if (fraudster.watchlistIds.includes(watchlistId)) found.push(fraudster);
    }
    return found;
  }

  /** Off all watchlists from now on. */
  async delete(domainId: string, fraudsterId: string): Promise<void> {
    const place = { partition: partition(domainId), sort: fraudsterId };
    await changeGeneration(this.#table, domainId, 'FRAUDSTERS', { delete: place });
  }

  /** Screening knows of it from the next generation on. */
  deleteAll(domainId: string): Promise<void> {
    return this.#table.deleteAll(partition(domainId));
  }
}
