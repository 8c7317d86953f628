import type { Condition, Table, Version } from './table.ts';

export interface Domain {
  domainId: string;
  arn: string;
  name: string;
  description?: string | undefined;
  kmsKeyId: string;
  previousKmsKeyId?: string | undefined;
  defaultWatchlistId: string;
  tags: Record<string, string>;
  /** Epoch milliseconds, here and wherever `…At` is a number. */
  createdAt: number;
  updatedAt: number;
}

const PARTITION = 'DOMAIN';

/** Domains of the account. */
export class Domains {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(domainId: string): Promise<{ domain: Domain; version: Version } | undefined> {
    const stored = await this.#table.get(PARTITION, domainId);
    return stored && { domain: stored.value as Domain, version: stored.version };
  }

  put(domain: Domain, condition: Condition): Promise<Version> {
    return this.#table.put(PARTITION, domain.domainId, domain, condition);
  }

  async list(limit: number, after?: string): Promise<{ domains: Domain[]; next?: string | undefined }> {
    const page = await this.#table.page(PARTITION, { limit, after });
    return { domains: page.items.map((item) => item.value as Domain), next: page.next };
  }

  delete(domainId: string): Promise<void> {
    return this.#table.delete(PARTITION, domainId);
  }
}
