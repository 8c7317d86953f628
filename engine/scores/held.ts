import type { Version } from '../store/table.ts';

/** How long anything is held at most: what nobody asks about does not stay in memory. */
const HELD_MS = 5 * 60_000;
/** Domains, or watchlists, held at once. A domain's sample takes some 150 KB, a full watchlist 400 KB. */
const MOST_HELD = 32;

export interface Made<T> {
  value: T;
  /** When it is out of date by itself, epoch milliseconds. */
  until: number;
}

interface Entry<T> {
  generation: Version | undefined;
  until: number;
  made: Promise<Made<T>>;
}

/** Values in memory, each worked out once a generation however many ask at once; the least used go first. */
export class Held<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @param generation as it was read before `make` reads anything. */
  async get(key: string, generation: Version | undefined, make: () => Promise<Made<T>>): Promise<T> {
    const now = this.#now();
    for (const [name, { until }] of this.#entries) if (until <= now) this.#entries.delete(name);
    const there = this.#entries.get(key);
    const entry =
      there !== undefined && there.generation === generation
        ? there
        : { generation, until: now + HELD_MS, made: make() };
    // The last used is the last to go.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    for (const [name] of this.#entries) {
      if (this.#entries.size <= MOST_HELD) break;
      this.#entries.delete(name);
    }
    try {
      const { value, until } = await entry.made;
      entry.until = Math.min(entry.until, until);
      return value;
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    }
  }
}
