import { randomId } from './ids.ts';
import type { Table } from './table.ts';

/** What is decoded and held in memory for scores, and must not be used once it is out of date. */
export type Held = 'SPEAKERS' | 'FRAUDSTERS';

export type Generation = Readonly<Record<Held, string>>;

const partition = (domainId: string) => `GENERATION#${domainId}`;

/**
 * The generation of a domain's voiceprints: a tiny item for each kind, read with each verdict, and another one after
 * every change that must be seen at once. What is held in memory counts only for the generation that it was read under,
 * so that a voiceprint that is erased here is out of use on every engine. Names are random: none comes twice.
 */
export class Generations {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Strongly consistent, one call. Ask before the voiceprints are read, never after. */
  async get(domainId: string): Promise<Generation> {
    const { items } = await this.#table.query(partition(domainId));
    const named = (held: Held) => String(items.find(({ sort }) => sort === held)?.value ?? '');
    return { SPEAKERS: named('SPEAKERS'), FRAUDSTERS: named('FRAUDSTERS') };
  }

  /** From the next verdict on, on any engine, what is held of before is read anew. */
  async next(domainId: string, held: Held): Promise<void> {
    await this.#table.put(partition(domainId), held, randomId());
  }

  /**
   * A voiceprint's end: `erase` between two generations. The second one is what keeps it out of all scores from the
   * answer on. The first is for an engine that dies in between: only what was read in that moment is left, for as long
   * as anything is held.
   */
  async around<T>(domainId: string, held: Held, erase: () => Promise<T>): Promise<T> {
    await this.next(domainId, held);
    const result = await erase();
    await this.next(domainId, held);
    return result;
  }

  deleteAll(domainId: string): Promise<void> {
    return this.#table.deleteAll(partition(domainId));
  }
}
