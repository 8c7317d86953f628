import type { S3Client } from '@aws-sdk/client-s3';
import type { EngineDeps } from '../deps.ts';
import type { Job, Row } from '../store/jobs.ts';
import { enrollSpeaker } from './enroll-speaker.ts';
import { tellBatch } from './events.ts';
import { ManifestError, readRequests } from './manifest.ts';
import { writeOutputFile } from './output-file.ts';
import { readInput } from './read-input.ts';
import { registerFraudster } from './register-fraudster.ts';

/** One request to be worked on: gives its row, and never throws. */
export interface Step {
  index: number;
  run(): Promise<Row>;
}

/** Steps that depend on each other's outcome, in order: the requests of one speaker. Groups are independent. */
export type Group = Step[];

/** Recordings fetched while others are computed, for each worker. */
export const PREFETCH = 4;

/** The requests of a job's manifest as steps. @throws ManifestError */
export function prepare(job: Job, input: Uint8Array, s3: S3Client, deps: EngineDeps): Group[] {
  if (job.kind === 'REGISTRATION') {
    // In manifest order, one after the other: each may be a duplicate of the one before.
    const requests = readRequests('REGISTRATION', input);
    return [
      requests.map((request, index) => ({ index, run: () => registerFraudster({ job, index, request }, s3, deps) })),
    ];
  }
  const groups = new Map<string, Group>();
  readRequests('ENROLLMENT', input).forEach((request, index) => {
    const step = { index, run: () => enrollSpeaker({ job, index, request }, s3, deps) };
    const group = groups.get(request.SpeakerId);
    if (group === undefined) groups.set(request.SpeakerId, [step]);
    else group.push(step);
  });
  return [...groups.values()];
}

/** Keeps rows a batch at a time, in the background of the next steps, and progress with them. */
class Recorder {
  readonly #pending: Row[] = [];
  readonly #deps: EngineDeps;
  readonly #total: number;
  #job: Job;
  #done: number;
  #failures: number;
  #writing: Promise<void> = Promise.resolve();

  constructor(job: Job, total: number, done: number, failures: number, deps: EngineDeps) {
    this.#job = job;
    this.#total = total;
    this.#done = done;
    this.#failures = failures;
    this.#deps = deps;
  }

  get failures(): number {
    return this.#failures;
  }

  /** Resolves once the row is kept. */
  add(row: Row): Promise<void> {
    this.#pending.push(row);
    if (row.failed) this.#failures++;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const rows = this.#pending.splice(0);
    if (rows.length === 0) return;
    await this.#deps.store.jobs.putRows(this.#job.jobId, rows);
    this.#done += rows.length;
    // 100 is for the end: the output file is not there yet.
    const percentComplete = Math.min(99, Math.floor((100 * this.#done) / this.#total));
    if (percentComplete === this.#job.percentComplete) return;
    this.#job = { ...this.#job, percentComplete };
    await this.#deps.store.jobs.put(this.#job);
  }
}

async function work(groups: readonly Group[], recorder: Recorder, width: number, stopping: AbortSignal): Promise<void> {
  const queue = groups.values();
  const worker = async () => {
    for (const group of queue) {
      for (const step of group) {
        if (stopping.aborted) return;
        await recorder.add(await step.run());
      }
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}

async function end(job: Job, deps: EngineDeps): Promise<void> {
  await deps.store.generations.afterJob(job);
  await deps.store.jobs.put(job);
  await tellBatch(job, job.status === 'FAILED' ? 'FAILURE' : 'SUCCESS', deps);
  // Rows hold speaker ids. Off the queue last: what a crash cuts short here is found there, and done again.
  await deps.store.jobs.deleteRows(job.jobId);
  await deps.store.jobs.dequeue(job.kind, job.domainId, job.jobId);
  deps.logger.info('Job ended', { jobId: job.jobId, kind: job.kind, status: job.status });
}

/**
 * A job from where it is to its end: every request's row is kept as soon as it is known, so that after a crash or a
 * stop the next run goes on with the requests that have none.
 * @param stopping aborted when the engine is to stop: steps under way are finished, no further one is begun.
 */
export async function runJob(queued: Job, deps: EngineDeps, stopping: AbortSignal): Promise<void> {
  const { jobs } = deps.store;
  let job: Job = queued;
  if (job.status !== 'SUBMITTED' && job.status !== 'IN_PROGRESS') {
    // Ended, but a crash came before it was taken off the queue.
    return end(job, deps);
  }
  if (job.status === 'SUBMITTED') {
    job = { ...job, status: 'IN_PROGRESS' };
    await jobs.put(job);
    deps.logger.info('Job started', { jobId: job.jobId, kind: job.kind });
  }
  try {
    const s3 = await deps.s3For(job);
    const groups = prepare(job, await readInput(job, s3), s3, deps);
    const total = groups.reduce((sum, group) => sum + group.length, 0);
    const known = new Set<number>();
    let failures = 0;
    for await (const row of jobs.rows(job.jobId)) {
      known.add(row.index);
      if (row.failed) failures++;
    }
    const left = groups
      .map((group) => group.filter((step) => !known.has(step.index)))
      .filter((group) => group.length > 0);
    const recorder = new Recorder(job, total, known.size, failures, deps);
    await work(left, recorder, deps.pool.width * PREFETCH, stopping);
    if (stopping.aborted) return;
    const now = deps.now();
    await writeOutputFile(job, s3, deps);
    const status = recorder.failures === 0 ? 'COMPLETED' : 'COMPLETED_WITH_ERRORS';
    await end({ ...job, status, percentComplete: 100, endedAt: now }, deps);
  } catch (error) {
    if (error instanceof ManifestError) {
      const failed = { message: error.message, statusCode: 400 };
      await end({ ...job, status: 'FAILED', failure: failed, endedAt: deps.now() }, deps);
      return;
    }
    throw error;
  }
}
