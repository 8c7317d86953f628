import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineDeps } from '../deps.ts';
import type { JobKind } from '../store/jobs.ts';
import { runJob } from './run-job.ts';

/** Waits between tries of a job that the store or S3 kept from going on, milliseconds. */
const RETRY_MS = [500, 2_000, 10_000, 30_000];

/** Runs each domain's jobs of each kind, one at a time, in the order they came. */
export class JobQueue {
  readonly #running = new Map<string, Promise<void>>();
  readonly #woken = new Set<string>();
  readonly #stopping = new AbortController();
  readonly #deps: () => EngineDeps;

  /** @param deps asked for when a job runs: they hold this queue's `wake`. */
  constructor(deps: () => EngineDeps) {
    this.#deps = deps;
  }

  /** Takes up what an earlier run left. */
  async start(): Promise<void> {
    for (const { kind, domainId } of await this.#deps().store.jobs.queues()) this.wake(kind, domainId);
  }

  wake(kind: JobKind, domainId: string): void {
    if (this.#stopping.signal.aborted) return;
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

  /** Steps under way are finished; the rest goes on at the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#running.values());
  }

  async #drain(name: string, kind: JobKind, domainId: string): Promise<void> {
    const { signal } = this.#stopping;
    let failures = 0;
    while (!signal.aborted && (this.#woken.has(name) || failures > 0)) {
      this.#woken.delete(name);
      try {
        for (;;) {
          const [jobId] = await this.#deps().store.jobs.queued(kind, domainId);
          if (jobId === undefined || signal.aborted) break;
          const found = await this.#deps().store.jobs.get(kind, domainId, jobId);
          if (found === undefined) await this.#deps().store.jobs.dequeue(kind, domainId, jobId);
          else await runJob(found.job, this.#deps(), signal);
          failures = 0;
        }
      } catch (error) {
        this.#deps().logger.error('Job interrupted, going on with it soon', {
          kind,
          domainId,
          error: error instanceof Error ? error.name : 'unknown',
        });
        const wait = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 0;
        failures++;
        await sleep(wait, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
