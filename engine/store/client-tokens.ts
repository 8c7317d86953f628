import type { Condition, Table, Version, Write } from './table.ts';

/** What a token stood for: the request's hash, the ids made for it beforehand, and the answer once there was one. */
export interface TokenRecord {
  requestHash: string;
  id: string;
  createdAt: number;
  answer?: object | undefined;
}

/** Days that a token is kept: longer than a dead-letter queue keeps its messages, which is 14. */
const KEPT_DAYS = 30;

/** Client tokens, each within its operation and domain. */
export class ClientTokens {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(scope: string, token: string): Promise<{ record: TokenRecord; version: Version } | undefined> {
    const stored = await this.#table.get(`TOKEN#${scope}`, token);
    return stored && { record: stored.value as TokenRecord, version: stored.version };
  }

  /** @throws ConcurrentChangeError where `where`, or the condition of one of `others`, does not hold. */
  put(scope: string, token: string, record: TokenRecord, where: Condition, ...others: Write[]): Promise<Version> {
    const expiresAt = new Date(record.createdAt + KEPT_DAYS * 24 * 3600 * 1000);
    return this.#table.write([
      { put: { partition: `TOKEN#${scope}`, sort: token, value: record, expiresAt }, where },
      ...others,
    ]);
  }

  async deleteAll(scope: string): Promise<void> {
    await this.#table.deleteAll(`TOKEN#${scope}`);
  }
}
