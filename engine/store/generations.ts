import { ConcurrentChangeError } from '../errors.ts';
import type { Table, Version, Write } from './table.ts';

/** What is decoded and held in memory for scores, and must not be used once it is out of date. */
export type Held = 'SPEAKERS' | 'FRAUDSTERS';

/** Undefined where nothing ever changed. */
export type Generation = Readonly<Record<Held, Version | undefined>>;

const partition = (domainId: string) => `GENERATION#${domainId}`;

const nextGeneration = (domainId: string, held: Held): Write => ({
  put: { partition: partition(domainId), sort: held, value: {} },
});

/**
 * Changes of a domain's voiceprints, all or none: from the answer on, what any engine holds in memory of before is read
 * anew. Twice, because a reader that makes no transaction of its own may see one of two items that were written together,
 * and not yet the other: with the change, so that no crash leaves it without a new generation, and after it, so that
 * whoever saw half of it looks again.
 */
export async function changeGeneration(
  table: Table,
  domainId: string,
  held: Held,
  ...changes: Write[]
): Promise<Version> {
  const version = await table.write([...changes, nextGeneration(domainId, held)]);
  await settle(table, domainId, held, version);
  return version;
}

async function settle(table: Table, domainId: string, held: Held, version: Version): Promise<void> {
  try {
    await table.write([{ ...nextGeneration(domainId, held), where: version }]);
  } catch (error) {
    // There is a later one, or the domain is gone.
    if (!(error instanceof ConcurrentChangeError)) throw error;
  }
}

/** The generation of a domain's voiceprints: the version of a tiny item of each kind, which never comes twice. */
export class Generations {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Strongly consistent, one call. Ask before the voiceprints are read, never after. */
  async get(domainId: string): Promise<Generation> {
    const { items } = await this.#table.query(partition(domainId));
    const of = (held: Held) => items.find(({ sort }) => sort === held)?.version;
    return { SPEAKERS: of('SPEAKERS'), FRAUDSTERS: of('FRAUDSTERS') };
  }

  /** To be written together with a change that is part of more; `settle` after it. */
  nexting(domainId: string, held: Held): Write {
    return nextGeneration(domainId, held);
  }

  /** @param version of what was written with the change. */
  settle(domainId: string, held: Held, version: Version): Promise<void> {
    return settle(this.#table, domainId, held, version);
  }

  async deleteAll(domainId: string): Promise<void> {
    await this.#table.deleteAll(partition(domainId));
  }
}
