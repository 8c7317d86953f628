/** A generator of numbers that a seed repeats: mulberry32. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

interface Waiting {
  process: Process;
  go(): void;
}

/** What can be killed as one: from then on nothing that it waits for comes. */
export interface Process {
  name: string;
  dead: boolean;
}

/** Turns of the event loop after which all that can go on without the scheduler has done so. */
const TURNS = 3;

/**
 * Lets everything that happens outside the code under test happen in an order that a seed chooses: each call to a
 * service, each wait, waits here until it is its turn. Time goes on with each step, and now and then by seconds.
 */
export class Scheduler {
  readonly random: () => number;
  /** Milliseconds. */
  now = 1_800_000_000_000;
  steps = 0;
  readonly #waiting: Waiting[] = [];
  readonly #timers = new Set<{ process: Process; run: () => void }>();

  constructor(seed: number) {
    this.random = random(seed);
  }

  /** Whole, below `most`. */
  below(most: number): number {
    return Math.floor(this.random() * most);
  }

  /** Resolves when it is its turn. */
  turn(process: Process): Promise<void> {
    return new Promise((go) => this.#waiting.push({ process, go }));
  }

  every(process: Process, run: () => void): () => void {
    const timer = { process, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Steps until `done`, or throws after `most`. */
  async run(done: () => boolean, most: number): Promise<void> {
    for (;;) {
      for (let i = 0; i < TURNS; i++) await new Promise((next) => setImmediate(next));
      if (done()) return;
      if (++this.steps > most) throw new Error(`Not at an end after ${most} steps.`);
      this.now += 1 + this.below(20);
      if (this.below(40) === 0) {
        this.now += this.below(8000);
        for (const { process, run } of [...this.#timers]) if (!process.dead) run();
      }
      const alive = this.#waiting.filter(({ process }) => !process.dead);
      const next = alive[this.below(alive.length)];
      if (next === undefined) throw new Error('Nothing is left that could happen.');
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      next.go();
    }
  }
}
