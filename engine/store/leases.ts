import type { Table, Version } from './table.ts';

/** Who works on what. Of use to nobody once its job has ended, and deleted with it. */
export interface Lease {
  /** The engine that holds it. */
  engine: string;
  done: boolean;
  /** Times that it was taken since a request of it was last answered. */
  attempts: number;
  /** Requests of it that had an answer when it was taken. */
  answered: number;
}

export interface StoredLease extends Lease {
  version: Version;
}

const partition = (jobId: string) => `LEASE#${jobId}`;
const ENGINES = 'ENGINE';
/** Leases and engines that nobody deletes are those of engines that died, over jobs that others ended. */
const KEPT_MS = 24 * 3600 * 1000;

/**
 * Leases on the parts of a job, so that engines which share a table work on different ones; and a sign of life of each
 * engine, by which the others know whose leases count. They save double work, no more: what makes a late write fail is
 * the request that it answers, see `jobs.ts`.
 */
export class Leases {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async of(jobId: string): Promise<Map<string, StoredLease>> {
    const found = new Map<string, StoredLease>();
    for await (const { sort, value, version } of this.#table.all(partition(jobId)))
      found.set(sort, { ...(value as Lease), version });
    return found;
  }

  /** @throws ConcurrentChangeError where another engine was first. */
  put(jobId: string, part: string, lease: Lease, there: Version | 'absent', now: number): Promise<Version> {
    const { engine, done, attempts, answered } = lease;
    const value = { engine, done, attempts, answered };
    return this.#table.put(partition(jobId), part, value, there, new Date(now + KEPT_MS));
  }

  async deleteAll(jobId: string): Promise<void> {
    await this.#table.deleteAll(partition(jobId));
  }

  /** A sign of life: another version. */
  async beat(engine: string, now: number): Promise<void> {
    await this.#table.put(ENGINES, engine, {}, undefined, new Date(now + KEPT_MS));
  }

  async engines(): Promise<Map<string, Version>> {
    const found = new Map<string, Version>();
    for await (const { sort, version } of this.#table.all(ENGINES)) found.set(sort, version);
    return found;
  }

  /** Its leases count no more. */
  async forget(engine: string): Promise<void> {
    await this.#table.delete(ENGINES, engine);
  }
}
