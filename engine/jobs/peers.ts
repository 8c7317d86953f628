import type { EngineDeps } from '../deps.ts';
import { randomId } from '../store/ids.ts';
import type { Lease } from '../store/leases.ts';
import type { Version } from '../store/table.ts';

/** Milliseconds between signs of life, while there is work. */
const BEAT_MS = 1500;
/** Milliseconds without one, by the clock of the engine that looks, after which an engine's leases are anybody's. */
const DEAD_MS = 6000;

export interface Time {
  /** Milliseconds, of a clock that nobody sets. */
  monotonic(): number;
  /** Calls `run` again and again. @returns what stops it. */
  every(milliseconds: number, run: () => void): () => void;
}

export const realTime: Time = {
  monotonic: () => performance.now(),
  every(milliseconds, run) {
    const timer = setInterval(run, milliseconds).unref();
    return () => clearInterval(timer);
  },
};

/**
 * The engines that share a table, as this one sees them. No clock is compared with another machine's: an engine counts
 * as dead when its sign of life has not changed for a while that is measured here, or when it took it away.
 */
export class Peers {
  /** Another one with each start: what a process before this one held is not held by this one. */
  readonly self = randomId();
  readonly #deps: () => EngineDeps;
  readonly #time: Time;
  readonly #seen = new Map<string, { version: Version; at: number }>();
  #joined: Promise<void> | undefined;
  #stop = (): void => undefined;

  constructor(deps: () => EngineDeps, time: Time) {
    this.#deps = deps;
    this.#time = time;
  }

  /** From now on this engine gives signs of life; the first one is there when it resolves. */
  join(): Promise<void> {
    this.#joined ??= this.#beat().then(() => {
      this.#stop = this.#time.every(
        BEAT_MS,
        () => void this.#beat().catch(() => this.#deps().logger.warn('No sign of life given')),
      );
    });
    return this.#joined;
  }

  #beat(): Promise<void> {
    const { store, now } = this.#deps();
    return store.leases.beat(this.self, now());
  }

  /** It holds nothing any more: what it held is anybody's at once. */
  async leave(): Promise<void> {
    const joined = this.#joined;
    if (joined === undefined) return;
    this.#joined = undefined;
    await joined;
    this.#stop();
    await this.#deps().store.leases.forget(this.self);
  }

  /** For an engine that knows that it has the table for itself: those before it are gone. */
  async forgetOthers(): Promise<void> {
    const { leases } = this.#deps().store;
    for (const engine of (await leases.engines()).keys()) if (engine !== this.self) await leases.forget(engine);
  }

  async look(): Promise<void> {
    const engines = await this.#deps().store.leases.engines();
    const now = this.#time.monotonic();
    for (const [engine, version] of engines)
      if (this.#seen.get(engine)?.version !== version) this.#seen.set(engine, { version, at: now });
    for (const engine of this.#seen.keys()) if (!engines.has(engine)) this.#seen.delete(engine);
  }

  #lives(engine: string): boolean {
    const seen = this.#seen.get(engine);
    return seen !== undefined && this.#time.monotonic() - seen.at < DEAD_MS;
  }

  /** Whether a lease is this engine's own, or of one that is gone. */
  isFree({ engine }: Lease): boolean {
    return engine === this.self || !this.#lives(engine);
  }

  /** Whether no other engine is seen at work. */
  get alone(): boolean {
    return ![...this.#seen.keys()].some((engine) => engine !== this.self && this.#lives(engine));
  }
}
