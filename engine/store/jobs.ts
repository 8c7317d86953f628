import type { Condition, Table, Version } from './table.ts';
import type { Voiceprint } from './voiceprints.ts';

export type JobKind = 'ENROLLMENT' | 'REGISTRATION';
export type JobStatus = 'SUBMITTED' | 'IN_PROGRESS' | 'COMPLETED' | 'COMPLETED_WITH_ERRORS' | 'FAILED';

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
}

/** The row of one request, kept the moment it is known. */
export interface Row {
  index: number;
  /** Its place in the output file. */
  result: object;
  failed: boolean;
  /** Of an enrollment: what it is held against those of the job's other speakers by. Goes with the row. */
  voice?: { requestId: string; generatedSpeakerId: string; voiceprint: Voiceprint } | undefined;
}

const partition = (kind: JobKind, domainId: string) => `JOB#${kind}#${domainId}`;
const rows = (jobId: string) => `ROW#${jobId}`;
const rowSort = (index: number) => String(index).padStart(5, '0');
const QUEUE = 'QUEUE';
const place = (kind: JobKind, domainId: string, jobId = '') => `${kind}#${domainId}#${jobId}`;

/** Batch jobs, their rows, and the queue of those that have not ended. */
export class Jobs {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(kind: JobKind, domainId: string, jobId: string): Promise<{ job: Job; version: Version } | undefined> {
    const stored = await this.#table.get(partition(kind, domainId), jobId);
    return stored && { job: stored.value as Job, version: stored.version };
  }

  put(job: Job, condition?: Condition): Promise<Version> {
    return this.#table.put(partition(job.kind, job.domainId), job.jobId, job, condition);
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

  async enqueue(kind: JobKind, domainId: string, jobId: string): Promise<void> {
    await this.#table.put(QUEUE, place(kind, domainId, jobId), { kind, domainId, jobId });
  }

  dequeue(kind: JobKind, domainId: string, jobId: string): Promise<void> {
    return this.#table.delete(QUEUE, place(kind, domainId, jobId));
  }

  /** Ids of the jobs that have not ended, in the order they came. */
  async queued(kind: JobKind, domainId: string): Promise<string[]> {
    const ids: string[] = [];
    for await (const { value } of this.#table.all(QUEUE, place(kind, domainId)))
      ids.push((value as { jobId: string }).jobId);
    return ids;
  }

  /** The queues that hold a job. */
  async queues(): Promise<{ kind: JobKind; domainId: string }[]> {
    const found = new Map<string, { kind: JobKind; domainId: string }>();
    for await (const { value } of this.#table.all(QUEUE)) {
      const { kind, domainId } = value as { kind: JobKind; domainId: string };
      found.set(place(kind, domainId), { kind, domainId });
    }
    return [...found.values()];
  }

  putRows(jobId: string, results: readonly Row[]): Promise<void> {
    return this.#table.putMany(
      rows(jobId),
      results.map((row) => ({ sort: rowSort(row.index), value: row })),
    );
  }

  async hasRow(jobId: string, index: number): Promise<boolean> {
    return (await this.#table.get(rows(jobId), rowSort(index))) !== undefined;
  }

  async *rows(jobId: string): AsyncGenerator<Row> {
    for await (const { value } of this.#table.all(rows(jobId))) yield value as Row;
  }

  /** Rows hold speaker ids; once the output file is there, they have done their work. */
  deleteRows(jobId: string): Promise<void> {
    return this.#table.deleteAll(rows(jobId));
  }

  async deleteAll(domainId: string): Promise<void> {
    for (const kind of ['ENROLLMENT', 'REGISTRATION'] as const) {
      for (const jobId of await this.queued(kind, domainId)) {
        await this.dequeue(kind, domainId, jobId);
        await this.deleteRows(jobId);
      }
      await this.#table.deleteAll(partition(kind, domainId));
    }
  }
}
