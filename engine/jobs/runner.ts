import type { EngineDeps } from '../deps.ts';
import { ConcurrentChangeError } from '../errors.ts';
import { type Batch, batchesOf, hasEnded, type Job, type JobKind, type QueueKind } from '../store/jobs.ts';
import type { Lease, StoredLease } from '../store/leases.ts';
import { endJob } from './end-job.ts';
import { eraseDomain } from './erase-domain.ts';
import { mergeJob } from './merge-job.ts';
import { Peers, type Time } from './peers.ts';
import { prepareJob } from './prepare-job.ts';
import { workBatch } from './work-batch.ts';

/** Recordings fetched while others are computed, for each worker of the pool. */
export const PREFETCH = 4;
/** Milliseconds between looks at the queue, where nobody wakes: another engine may have put something there. */
const LOOK_MS = 1000;
/** Waits after a step that failed, milliseconds. */
const RETRY_MS = [500, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000];
/**
 * Shares that a lane has of what is left, of which a batch is one. So batches get smaller, and lanes come to the end
 * together (guided self-scheduling: Polychronopoulos and Kuck, 1987). Two engines are twice as many lanes: with fewer shares,
 * the first would take more than its half; with more, leases cost.
 */
const SHARES_PER_LANE = 2;
/**
 * Groups in a batch, at most. Each batch costs some five calls to the table beside its requests'; and what stands behind a
 * recording that kills its engine time after time, in the same batch, is given up with it.
 */
const MOST_GROUPS = 20;
/** Times that a batch is taken while none of its requests is answered. What kills its engine so often is not tried again. */
const MOST_TAKES = 6;
/** Times after which a batch is worked on alone, so that no other one dies, and counts, with it. */
const SUSPECT_TAKES = 2;

type Part = 'prepare' | 'merge' | 'erase' | `${number}`;

/**
 * Works on all domains' queues in this process, beside other engines that do the same on the same table: the steps are
 * those that run on Lambda. One engine prepares a job and one merges it; its batches are worked on by all that are there.
 */
export class Runner {
  readonly #deps: () => EngineDeps;
  readonly #peers: Peers;
  readonly #running = new Map<string, Promise<void>>();
  readonly #woken = new Set<string>();
  readonly #stopping = new AbortController();
  #looking: Promise<void> | undefined;

  /** @param deps asked for when they are needed: they hold this runner's `wake`. */
  constructor(deps: () => EngineDeps, time: Time) {
    this.#deps = deps;
    this.#peers = new Peers(deps, time);
  }

  /**
   * Goes on with what is there, and with what comes.
   * @param sole whether no other engine can work on the table: nobody's lease is waited for.
   */
  async start(sole: boolean): Promise<void> {
    if (sole) await this.#peers.forgetOthers();
    this.#looking = this.#look();
  }

  wake(kind: QueueKind, domainId: string): void {
    if (this.#stopping.signal.aborted || this.#looking === undefined) return;
    const name = `${kind}#${domainId}`;
    this.#woken.add(name);
    if (this.#running.has(name)) return;
    this.#running.set(
      name,
      this.#drain(name, kind, domainId).finally(() => {
        this.#running.delete(name);
        // Woken between the last look at the queue and now.
        if (this.#woken.has(name)) this.wake(kind, domainId);
      }),
    );
  }

  /** Steps under way are finished; the rest is anybody's from that moment. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#looking;
    await Promise.all(this.#running.values());
    await this.#peers.leave();
  }

  #go = () => !this.#stopping.signal.aborted;

  async #look(): Promise<void> {
    while (this.#go()) {
      try {
        for (const { kind, domainId } of await this.#deps().store.jobs.queues()) this.wake(kind, domainId);
        if (this.#running.size === 0) await this.#peers.leave();
      } catch (error) {
        this.#warn('The queue could not be looked at', {}, error);
      }
      await this.#sleep(LOOK_MS);
    }
  }

  async #drain(name: string, kind: QueueKind, domainId: string): Promise<void> {
    let failures = 0;
    while (this.#go() && (this.#woken.has(name) || failures > 0)) {
      this.#woken.delete(name);
      try {
        for (;;) {
          const [jobId] = await this.#deps().store.jobs.queued(kind, domainId);
          if (jobId === undefined || !this.#go()) break;
          const moved = await (kind === 'DELETION'
            ? this.#erase(domainId, jobId)
            : this.#advance(kind, domainId, jobId));
          failures = 0;
          // The others are at it.
          if (!moved) await this.#sleep(LOOK_MS);
        }
      } catch (error) {
        this.#warn('Interrupted, going on soon', { kind, domainId }, error);
        await this.#sleep(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 0);
        failures++;
      }
    }
  }

  /** The next thing that is to be done for a domain's first job. @returns whether there was one to do. */
  async #advance(kind: JobKind, domainId: string, jobId: string): Promise<boolean> {
    const deps = this.#deps();
    const ref = { kind, domainId, jobId };
    const job = (await deps.store.jobs.get(kind, domainId, jobId))?.job;
    if (job === undefined || hasEnded(job)) {
      await endJob(ref, {}, deps);
      return true;
    }
    const { batchEnds } = job;
    if (batchEnds === undefined) {
      return this.#alone(jobId, 'prepare', async () => {
        await prepareJob(ref, (left) => this.#groupsInBatch(left), deps);
      });
    }
    const leases = await deps.store.leases.of(jobId);
    const open = batchesOf(batchEnds).flatMap((batch, part) => {
      const lease = leases.get(String(part));
      return lease?.done ? [] : [{ part: `${part}` as const, batch, lease }];
    });
    if (open.length === 0) return this.#alone(jobId, 'merge', () => mergeJob(ref, deps));
    await this.#peers.look();
    const free = open.filter(({ lease }) => lease === undefined || this.#peers.isFree(lease));
    if (free.length === 0) return false;
    const takes = (one: { lease: StoredLease | undefined }) => one.lease?.attempts ?? 0;
    const suspects = free.filter((one) => takes(one) >= SUSPECT_TAKES).toSorted((a, b) => takes(a) - takes(b));
    if (suspects.length > 0) await this.#workOn(job, suspects.slice(0, 1), 1);
    else await this.#workOn(job, this.#peers.alone ? free : shuffled(free), this.#lanes);
    return true;
  }

  get #lanes(): number {
    return Math.max(1, this.#deps().pool.width * PREFETCH);
  }

  #groupsInBatch(left: number): number {
    return Math.min(MOST_GROUPS, Math.ceil(left / (this.#lanes * SHARES_PER_LANE)));
  }

  async #workOn(
    job: Job,
    free: readonly { part: Part; batch: Batch; lease: StoredLease | undefined }[],
    lanes: number,
  ): Promise<void> {
    const queue = free.values();
    const lane = async () => {
      for (const { part, batch, lease } of queue) {
        if (!this.#go()) return;
        await this.#workOnBatch(job, part, batch, lease);
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: lanes }, lane));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  async #workOnBatch(job: Job, part: Part, batch: Batch, there: StoredLease | undefined): Promise<void> {
    const deps = this.#deps();
    const answered = there === undefined ? 0 : await this.#answered(job, batch);
    const attempts = there === undefined || answered > there.answered ? 1 : there.attempts + 1;
    const taken = await this.#take(job.jobId, part, { attempts, answered }, there);
    if (taken === undefined) return;
    // What is unanswered stays so; the merging says that it could not be done.
    const done = attempts > MOST_TAKES || (await workBatch(job, batch, { width: 1, go: this.#go }, deps));
    if (!done) return;
    try {
      await deps.store.leases.put(job.jobId, part, { ...taken.lease, done: true }, taken.version, deps.now());
    } catch (error) {
      // Another engine took it, and finds nothing left to do; or the job has ended.
      if (!(error instanceof ConcurrentChangeError)) throw error;
    }
  }

  async #answered(job: Job, batch: Batch): Promise<number> {
    let answered = 0;
    for await (const { row } of this.#deps().store.jobs.requests(job.jobId, batch)) if (row !== undefined) answered++;
    return answered;
  }

  /** What one engine does for all. Its lease outlives a failure: the same engine waits, and tries again. */
  async #alone(jobId: string, part: Part, run: () => Promise<unknown>): Promise<boolean> {
    const there = (await this.#deps().store.leases.of(jobId)).get(part);
    await this.#peers.look();
    if (there !== undefined && !this.#peers.isFree(there)) return false;
    const taken = await this.#take(jobId, part, { attempts: (there?.attempts ?? 0) + 1, answered: 0 }, there);
    if (taken === undefined) return false;
    await run();
    return true;
  }

  /** @returns undefined where another engine was first. */
  async #take(jobId: string, part: Part, counts: Pick<Lease, 'attempts' | 'answered'>, there: StoredLease | undefined) {
    const deps = this.#deps();
    await this.#peers.join();
    const lease: Lease = { ...counts, engine: this.#peers.self, done: false };
    try {
      const version = await deps.store.leases.put(jobId, part, lease, there?.version ?? 'absent', deps.now());
      return { lease, version };
    } catch (error) {
      if (error instanceof ConcurrentChangeError) return undefined;
      throw error;
    }
  }

  async #erase(domainId: string, jobId: string): Promise<boolean> {
    return this.#alone(jobId, 'erase', () => eraseDomain(domainId, this.#go, this.#deps()));
  }

  #sleep(milliseconds: number): Promise<void> {
    return this.#deps().sleep(milliseconds, this.#stopping.signal);
  }

  #warn(message: string, fields: object, error: unknown): void {
    const name = error instanceof Error ? error.name : 'unknown';
    this.#deps().logger.error(message, { ...fields, error: name });
  }
}

/** Engines that begin at different ends meet less often. */
function shuffled<T>(items: readonly T[]): T[] {
  const at = Math.floor(Math.random() * items.length);
  return [...items.slice(at), ...items.slice(0, at)];
}
