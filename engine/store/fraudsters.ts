import { changeGeneration } from './generations.ts';
import type { Condition, Table, Version, Write } from './table.ts';
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
  put(fraudster: Fraudster, where: Condition, ...others: Write[]): Promise<Version> {
    const { domainId } = fraudster;
    return changeGeneration(this.#table, domainId, 'FRAUDSTERS', this.putting(fraudster, where), ...others);
  }

  /** To be written together with something else. */
  putting(fraudster: Fraudster, where: Condition): Write {
    const { domainId, generatedFraudsterId: sort } = fraudster;
    return { put: { partition: partition(domainId), sort, value: fraudster }, where };
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
  async delete(domainId: string, fraudsterId: string, where: Version): Promise<void> {
    const place = { partition: partition(domainId), sort: fraudsterId };
    await changeGeneration(this.#table, domainId, 'FRAUDSTERS', { delete: place, where });
  }

  /** @returns whether all are gone; not so where `go` said to stop. */
  deleteAll(domainId: string, go: () => boolean): Promise<boolean> {
    return this.#table.deleteAll(partition(domainId), go);
  }
}
