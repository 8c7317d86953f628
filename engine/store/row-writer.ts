import { MOST_WRITES, type Put, type Table } from './table.ts';

interface Waiting {
  row: Put;
  done(): void;
  fail(error: unknown): void;
}

const nameOf = ({ put: { partition, sort } }: Put) => `${partition}\n${sort}`;

/**
 * Writes rows that have nothing to do with each other, each as soon as it is known: while a write is under way, the rows
 * that come meanwhile gather, and are the next one together. So no row waits for others, and many take few calls.
 */
export class RowWriter {
  readonly #table: Table;
  #waiting: Waiting[] = [];
  #writing = false;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Resolves once it is written. @throws ConcurrentChangeError where its own condition does not hold. */
  write(row: Put): Promise<void> {
    return new Promise((done, fail) => {
      this.#waiting.push({ row, done, fail });
      if (!this.#writing) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      const group = this.#next();
      try {
        const refused = await this.#table.writeEach(group.map(({ row }) => row));
        for (const { row, done, fail } of group) {
          const error = refused.get(row);
          if (error === undefined) done();
          else fail(error);
        }
      } catch (error) {
        for (const { fail } of group) fail(error);
      }
    }
    this.#writing = false;
  }

  /** As many as one transaction takes, no two in one place. */
  #next(): Waiting[] {
    const group = new Map<string, Waiting>();
    for (const one of this.#waiting) {
      const name = nameOf(one.row);
      if (group.size < MOST_WRITES && !group.has(name)) group.set(name, one);
    }
    const taken = new Set(group.values());
    this.#waiting = this.#waiting.filter((one) => !taken.has(one));
    return [...taken];
  }
}
