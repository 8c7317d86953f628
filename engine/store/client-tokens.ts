import type { Table } from './table.ts';

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

  async get(scope: string, token: string): Promise<TokenRecord | undefined> {
    return (await this.#table.get(`TOKEN#${scope}`, token))?.value as TokenRecord | undefined;
  }

  /** @throws ConcurrentChangeError where `first` and the token is there already. */
  async put(scope: string, token: string, record: TokenRecord, first: boolean): Promise<void> {
    const expires = new Date(record.createdAt + KEPT_DAYS * 24 * 3600 * 1000);
    await this.#table.put(`TOKEN#${scope}`, token, record, first ? 'absent' : undefined, expires);
  }
}
