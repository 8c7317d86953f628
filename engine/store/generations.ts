import type { JobKind } from './jobs.ts';
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
 * A change of a domain's voiceprints: from the answer on, what any engine holds in memory of before is read anew. Twice,
 * because a reader that makes no transaction of its own may see one of two items that were written together, and not
 * yet the other: with the change, so that no crash leaves it without a new generation, and after it, so that whoever
 * saw half of it looks again.
 */
export async function changeGeneration(table: Table, domainId: string, held: Held, change: Write): Promise<Version> {
  const version = await table.write([change, nextGeneration(domainId, held)]);
  await table.write([nextGeneration(domainId, held)]);
  return version;
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

  /** For changes that are many writes: after the last of them. */
  async next(domainId: string, held: Held): Promise<void> {
    await this.#table.write([nextGeneration(domainId, held)]);
  }

  /** Before a job is seen to have ended: from then on scores know whom it enrolled, and no print that it replaced. */
  afterJob({ kind, domainId }: { kind: JobKind; domainId: string }): Promise<void> {
    return this.next(domainId, kind === 'ENROLLMENT' ? 'SPEAKERS' : 'FRAUDSTERS');
  }

  deleteAll(domainId: string): Promise<void> {
    return this.#table.deleteAll(partition(domainId));
  }
}
