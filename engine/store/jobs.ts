import { RowWriter } from './row-writer.ts';
import type { Condition, Put, Table, Version, Write } from './table.ts';
import { MOST_WRITES } from './table.ts';
import type { Voiceprint } from './voiceprints.ts';

export type JobKind = 'ENROLLMENT' | 'REGISTRATION';
export type JobStatus = 'SUBMITTED' | 'IN_PROGRESS' | 'COMPLETED' | 'COMPLETED_WITH_ERRORS' | 'FAILED';
/** What a domain's queues hold: its jobs of each kind, and its own deletion. */
export type QueueKind = JobKind | 'DELETION';

/** What names a job. No speaker and no file: on AWS it is in an execution's history, which is kept for months. */
export interface JobRef {
  kind: QueueKind;
  domainId: string;
  jobId: string;
}

export interface Job {
  kind: JobKind;
  domainId: string;
  jobId: string;
  jobName?: string | undefined;
  status: JobStatus;
  dataAccessRoleArn: string;
  inputS3Uri: string;
  outputS3Uri: string;
  outputKmsKeyId?: string | undefined;
  /** `EnrollmentConfig` or `RegistrationConfig` as it was given. */
  config?: object | undefined;
  /** Watchlists to screen against, or to register on. */
  watchlistIds: string[];
  percentComplete: number;
  failure?: { message: string; statusCode: number } | undefined;
  createdAt: number;
  endedAt?: number | undefined;
  /** Whether the event of its submission was told. */
  told?: boolean | undefined;
  /** Places of its requests at which its batches end; there once all of its requests are stored. */
  batchEnds?: number[] | undefined;
  /** Times that its preparation, or its merging, was begun; counted before, so that one that kills its engine counts. */
  attempts?: number | undefined;
  /** What the last of these failed with. */
  lastError?: string | undefined;
}

/** Some of a job's requests: places from `from` up to, not including, `to`. */
export interface Batch {
  from: number;
  to: number;
}

/** One request of the manifest. */
export interface Entry {
  /** Its place in the manifest. */
  index: number;
  request: { RequestId: string; SpeakerId?: string; AudioSpecifications: { S3Uri: string; ChannelId: number }[] };
}

/** The row of one request. */
export interface Row {
  index: number;
  /** Its place in the output file. */
  result: object;
  failed: boolean;
  /** Of an enrollment: what it is held against those of the job's other speakers by. Goes with the row. */
  voice?: { requestId: string; generatedSpeakerId: string; voiceprint: Voiceprint } | undefined;
}

/** A request as it is stored: asked, or answered by its row. */
export type Request = { place: number; version: Version } & (
  | { entry: Entry; row?: undefined }
  | { entry?: undefined; row: Row }
);

const partition = (kind: JobKind, domainId: string) => `JOB#${kind}#${domainId}`;
const requests = (jobId: string) => `REQUEST#${jobId}`;
const placeSort = (place: number) => String(place).padStart(5, '0');
const QUEUE = 'QUEUE';
const place = (kind: QueueKind, domainId: string, jobId = '') => `${kind}#${domainId}#${jobId}`;
/** Days that a count is kept; jobs don't take as long. */
const COUNT_KEPT_DAYS = 30;

const answering = (jobId: string, { asked, row }: { asked: Request; row: Row }): Put => ({
  put: { partition: requests(jobId), sort: placeSort(asked.place), value: { row } },
  where: asked.version,
});

export const hasEnded = ({ status }: Job): boolean => status !== 'SUBMITTED' && status !== 'IN_PROGRESS';

export const batchesOf = (ends: readonly number[]): Batch[] =>
  ends.map((to, index) => ({ from: index === 0 ? 0 : (ends[index - 1] ?? 0), to }));

/**
 * Batch jobs, their requests, and the queue of those that have not ended.
 *
 * A request is one item, first as it was asked, then as it was answered: its row takes its place. So a row is written
 * where its request still stands unanswered, and nowhere else: not twice, not for a job that has ended, not under a
 * domain that is gone, however late an engine comes with it. What belongs to a row, as a voiceprint, is written with it.
 */
export class Jobs {
  readonly #table: Table;
  readonly #rows: RowWriter;

  constructor(table: Table) {
    this.#table = table;
    this.#rows = new RowWriter(table);
  }

  async get(kind: JobKind, domainId: string, jobId: string): Promise<{ job: Job; version: Version } | undefined> {
    const stored = await this.#table.get(partition(kind, domainId), jobId);
    return stored && { job: stored.value as Job, version: stored.version };
  }

  put(job: Job, condition: Condition, ...others: Write[]): Promise<Version> {
    return this.#table.write([this.#putting(job, condition), ...others]);
  }

  #putting(job: Job, where: Condition): Write {
    return { put: { partition: partition(job.kind, job.domainId), sort: job.jobId, value: job }, where };
  }

  /** A new job and its place in the queue. @throws ConcurrentChangeError where one of `others` does not hold. */
  async submit(job: Job, ...others: Write[]): Promise<Version> {
    return this.put(job, 'absent', this.queueing(job), ...others);
  }

  /** Newest first. */
  async list(
    kind: JobKind,
    domainId: string,
    limit: number,
    after?: string,
  ): Promise<{ jobs: Job[]; next?: string | undefined }> {
    const page = await this.#table.page(partition(kind, domainId), { limit, after, newestFirst: true });
    return { jobs: page.items.map((item) => item.value as Job), next: page.next };
  }

  queueing({ kind, domainId, jobId }: JobRef): Write {
    return { put: { partition: QUEUE, sort: place(kind, domainId, jobId), value: { kind, domainId, jobId } } };
  }

  dequeue({ kind, domainId, jobId }: JobRef): Promise<void> {
    return this.#table.delete(QUEUE, place(kind, domainId, jobId));
  }

  /** Ids of the jobs that have not ended, in the order they came. */
  async queued(kind: QueueKind, domainId: string): Promise<string[]> {
    const ids: string[] = [];
    for await (const { value } of this.#table.all(QUEUE, place(kind, domainId))) ids.push((value as JobRef).jobId);
    return ids;
  }

  /** The queues that hold something. */
  async queues(): Promise<{ kind: QueueKind; domainId: string }[]> {
    const found = new Map<string, { kind: QueueKind; domainId: string }>();
    for await (const { value } of this.#table.all(QUEUE)) {
      const { kind, domainId } = value as JobRef;
      found.set(place(kind, domainId), { kind, domainId });
    }
    return [...found.values()];
  }

  /** Writes that are made as long as the job is the version that is given: nobody else has begun to prepare it. */
  async #whileIts(version: Version, { kind, domainId, jobId }: Job, writes: readonly Write[]): Promise<void> {
    const check: Write = { check: { partition: partition(kind, domainId), sort: jobId }, where: version };
    for (let at = 0; at < writes.length; at += MOST_WRITES - 1)
      await this.#table.write([check, ...writes.slice(at, at + MOST_WRITES - 1)]);
  }

  /**
   * Deletes what a preparation that came to no end has left, as long as the job is the version that is given.
   * @throws ConcurrentChangeError where it is not: what is there is somebody else's by then.
   */
  async clearRequests(job: Job, version: Version): Promise<void> {
    const left: Write[] = [];
    for await (const { sort } of this.#table.all(requests(job.jobId)))
      left.push({ delete: { partition: requests(job.jobId), sort } });
    await this.#whileIts(version, job, left);
  }

  /**
   * Stores the job's requests, in the order they are to be worked on, as long as the job is the version that is given.
   * @throws ConcurrentChangeError where it is not: somebody else prepares it.
   */
  async addRequests(job: Job, version: Version, entries: readonly Entry[]): Promise<void> {
    const writes = entries.map(
      (entry, at): Write => ({
        put: { partition: requests(job.jobId), sort: placeSort(at), value: { entry } },
        where: 'absent',
      }),
    );
    await this.#whileIts(version, job, writes);
  }

  /** Those of a batch, or all of the job's, in the order they are to be worked on. */
  async *requests(jobId: string, batch?: Batch): AsyncGenerator<Request> {
    const range = batch && { from: placeSort(batch.from), to: placeSort(batch.to - 1) };
    for await (const { sort, value, version } of this.#table.all(requests(jobId), range)) {
      yield { place: Number(sort), version, ...(value as { entry: Entry } | { row: Row }) };
    }
  }

  /**
   * Requests become rows, together with what belongs to these, or not at all.
   * @throws ConcurrentChangeError; its `at` is below `answers.length` where a request stands unanswered no more.
   */
  answer(
    jobId: string,
    answers: readonly { asked: Request; row: Row }[],
    others: readonly Write[] = [],
  ): Promise<Version> {
    return this.#table.write([...answers.map((one) => answering(jobId, one)), ...others]);
  }

  /**
   * A request becomes a row to which nothing belongs.
   * @throws ConcurrentChangeError where it stands unanswered no more.
   */
  answerAlone(jobId: string, asked: Request, row: Row): Promise<void> {
    return this.#rows.write(answering(jobId, { asked, row }));
  }

  /** Adds to the job's count of rows, in an item of its own, so that any number of engines can. @returns the count. */
  count(jobId: string, rows: number, now: number): Promise<number> {
    return this.#table.add(`PROGRESS#${jobId}`, 'rows', rows, new Date(now + COUNT_KEPT_DAYS * 24 * 3600 * 1000));
  }

  /** Requests and rows hold speaker ids; once the output file is there, they have done their work. */
  async deleteRequests(jobId: string): Promise<void> {
    await this.#table.deleteAll(requests(jobId));
    await this.#table.delete(`PROGRESS#${jobId}`, 'rows');
  }

  delete(kind: JobKind, domainId: string, jobId: string): Promise<void> {
    return this.#table.delete(partition(kind, domainId), jobId);
  }

  /** @returns whether all are gone; not so where `go` said to stop. */
  deleteAll(kind: JobKind, domainId: string, go: () => boolean): Promise<boolean> {
    return this.#table.deleteAll(partition(kind, domainId), go);
  }
}
