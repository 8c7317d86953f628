import type { ExecutionListItem } from '@aws-sdk/client-sfn';
import type { SpeakerEnrollmentJobSummary } from '@aws-sdk/client-voice-id';
import { explain } from '../explain.ts';
import type { Executions } from './executions.ts';
import type { Jobs } from './other-jobs.ts';
import type { Progress, ProgressOf } from './progress.ts';
import { hasEnded, isSecond, type Run, type RunState, stateOfJob } from './run.ts';

/** Executions of a page; and of each listing where only some of them are wanted. */
const PAGE = 50;
const LISTING = 100;
/** Executions that a page with a filter looks at. */
const LOOKED_AT = 1000;
/** States of runs whose executions run: Step Functions itself finds these. */
const UNDER_WAY = new Set<RunState | undefined>(['WAITING', 'SUBMITTED', 'IN_PROGRESS', 'ENDING', 'RUNNING']);
/** Executions that are described at a time: Step Functions gives an account fifteen a second, and 300 at once. */
const AT_ONCE = 10;

/** An upload, or a job that none started. */
export interface Row extends Progress {
  /** An upload's id or a job's: where its page is. */
  id: string;
  kind: 'UPLOAD' | 'JOB';
  /** The manifest's key, or the job's name. */
  name: string;
  startedAt: Date | undefined;
  endedAt: Date | undefined;
  counts: Record<string, number> | undefined;
  problemCount: number | undefined;
  failure: string | undefined;
}

export interface RowPage {
  rows: Row[];
  /** The token of the page after it. */
  next: string | undefined;
  /** How many executions were looked at for it. */
  looked: number;
  /** What could not be had, and why. */
  troubles: string[];
}

export interface Wanted {
  after?: string | undefined;
  state?: RunState | undefined;
  /** A part of the manifest's key; upper and lower case are one. */
  name?: string | undefined;
}

const isWanted = ({ state, name }: Wanted, row: Pick<Row, 'state' | 'name'>) =>
  (state === undefined || row.state === state) &&
  (name === undefined || row.name.toLowerCase().includes(name.toLowerCase()));

async function mapSome<T, U>(items: readonly T[], change: (item: T) => Promise<U>): Promise<U[]> {
  const changed: U[] = [];
  for (let from = 0; from < items.length; from += AT_ONCE) {
    changed.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(change))));
  }
  return changed;
}

const rowOf = (run: Run, progress: Progress): Row => ({
  id: run.uploadId,
  kind: 'UPLOAD',
  name: run.manifest.key,
  startedAt: run.startedAt,
  endedAt: run.endedAt,
  counts: run.counts,
  problemCount: run.problemCount,
  failure: run.failure,
  ...progress,
});

const newestFirst = (a: Row, b: Row) => (b.startedAt?.getTime() ?? 0) - (a.startedAt?.getTime() ?? 0);

/** Runs as rows of a list, a page at a time. */
export function createList(
  { executions, jobs, progress }: { executions: Executions; jobs: Jobs; progress: ProgressOf },
  { domainId, stateMachineArn }: { domainId(): Promise<string>; stateMachineArn(): string },
): (wanted: Wanted) => Promise<RowPage> {
  async function rowOfExecution(item: ExecutionListItem): Promise<Row | undefined> {
    if (isSecond(item.name ?? '')) return undefined;
    const run = await executions.recall(item);
    return run && rowOf(run, await progress.ofRun(run, item.executionArn ?? ''));
  }

  async function rowOfJob(job: SpeakerEnrollmentJobSummary): Promise<Row> {
    const { JobId: id = '', DomainId = '', JobName: name = id, JobStatus, EndedAt: endedAt } = job;
    const state = stateOfJob(JobStatus);
    const still = {
      state,
      jobId: id,
      percent: undefined,
      expectedEnd: undefined,
      ahead: undefined,
      trouble: undefined,
    };
    return {
      ...(endedAt === undefined ? await progress.ofJob(DomainId, id) : still),
      id,
      kind: 'JOB',
      name,
      startedAt: job.CreatedAt,
      endedAt,
      counts: undefined,
      problemCount: undefined,
      failure: job.FailureDetails?.Message,
    };
  }

  /** All jobs of the domain, where uploads can't be had. */
  async function ofJobs(wanted: Wanted, why: string): Promise<RowPage> {
    const { jobs: listed, next } = await jobs.page(await domainId(), wanted.after);
    const rows = (await mapSome(listed, rowOfJob)).filter((row) => isWanted(wanted, row));
    const trouble = `Jobs are shown without their uploads, and no upload that came to none: ${why}`;
    return { rows: rows.sort(newestFirst), next, looked: listed.length, troubles: [trouble] };
  }

  /** Jobs that somebody started without an upload, as far back as the page goes. */
  async function otherJobs(rows: readonly Row[], since: Date | undefined): Promise<Row[]> {
    const known = new Set(rows.flatMap(({ jobId }) => jobId ?? []));
    return mapSome(await jobs.withoutUpload(await domainId(), known, since), rowOfJob);
  }

  return async (wanted) => {
    try {
      stateMachineArn();
    } catch (error) {
      return ofJobs(wanted, explain(error));
    }
    const status = UNDER_WAY.has(wanted.state) ? 'RUNNING' : undefined;
    const filtered = wanted.state !== undefined || wanted.name !== undefined;
    const rows: Row[] = [];
    let next = wanted.after;
    let looked = 0;
    let oldest: Date | undefined;
    do {
      const page = await executions.page({ size: filtered ? LISTING : PAGE, after: next, status });
      // Names first: a job that waits is shown with those ahead of it.
      for (const run of await mapSome(page.executions, executions.recall)) if (run !== undefined) progress.know(run);
      rows.push(...(await mapSome(page.executions, rowOfExecution)).flatMap((row) => row ?? []));
      oldest = page.executions.at(-1)?.startDate ?? oldest;
      next = page.next;
      looked += page.executions.length;
    } while (
      filtered &&
      next !== undefined &&
      looked < LOOKED_AT &&
      rows.filter((row) => isWanted(wanted, row)).length < PAGE
    );
    const troubles = new Set<string>();
    if (wanted.after === undefined) {
      try {
        rows.push(...(await otherJobs(rows, next === undefined ? undefined : oldest)));
      } catch (error) {
        troubles.add(`Jobs without an upload are not shown: ${explain(error)}`);
      }
    }
    return {
      rows: rows.filter((row) => isWanted(wanted, row)).sort(newestFirst),
      next,
      looked,
      troubles: [...troubles],
    };
  };
}

/** Whether something of a page can still change. */
export const moves = ({ rows }: RowPage) => rows.some((row) => !hasEnded(row) && row.state !== 'STOPPED');
