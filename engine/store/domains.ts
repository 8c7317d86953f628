import type { Condition, Table, Version, Write } from './table.ts';

export interface Domain {
  domainId: string;
  arn: string;
  name: string;
  description?: string | undefined;
  kmsKeyId: string;
  previousKmsKeyId?: string | undefined;
  defaultWatchlistId: string;
  tags: Record<string, string>;
  /** While it is being deleted. Nothing new comes into it: what is written there depends on its version. */
  suspended?: boolean | undefined;
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

  put(domain: Domain, where: Condition, ...others: Write[]): Promise<Version> {
    return this.#table.write([this.putting(domain, where), ...others]);
  }

  /** To be written together with something else: the same domain again where only its version is to be another. */
  putting(domain: Domain, where: Condition): Write {
    return { put: { partition: PARTITION, sort: domain.domainId, value: domain }, where };
  }

  /** What is written with it depends on the domain as it was read. */
  unchanged(domainId: string, version: Version): Write {
    return { check: { partition: PARTITION, sort: domainId }, where: version };
  }

  async list(limit: number, after?: string): Promise<{ domains: Domain[]; next?: string | undefined }> {
    const page = await this.#table.page(PARTITION, { limit, after });
    return { domains: page.items.map((item) => item.value as Domain), next: page.next };
  }

  delete(domainId: string): Promise<void> {
    return this.#table.delete(PARTITION, domainId);
  }
}
