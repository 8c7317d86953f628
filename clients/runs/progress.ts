import { GetExecutionHistoryCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { VoiceIDClient } from '@aws-sdk/client-voice-id';
import { explain } from '../explain.ts';
import { expectedEnd, type Point } from '../job-progress.ts';
import { remember } from '../remember.ts';
import { sharedLook } from '../shared-look.ts';
import { type Carried, stateNow, stepOf } from './history.ts';
import { aheadOf, type Queue, readQueue } from './queue.ts';
import type { Run, RunState } from './run.ts';

/** Milliseconds for which a look is everybody's: at a domain's queue, and at why a job has not been started. */
const QUEUE_MS = 2000;
const START_MS = 10_000;
const REMEMBERED = 10_000;

/** A job in a queue, and its upload where that is known. */
export interface Ahead {
  name: string;
  uploadId: string | undefined;
}

/** What changes of a run between its start and its ending. */
export interface Progress {
  state: RunState;
  jobId: string | undefined;
  percent: number | undefined;
  expectedEnd: Date | undefined;
  /** The jobs that its own waits for, in their order. */
  ahead: Ahead[] | undefined;
  /** Why its job could not be started, or be asked for. */
  trouble: string | undefined;
}

/**
 * How far runs are. All jobs of a domain are asked for together, by its queue: two calls in two seconds, however many runs there
 * are and however many watch them.
 */
export function createProgress({
  stepFunctions,
  voiceId,
  now,
}: {
  stepFunctions: SFNClient;
  voiceId: VoiceIDClient;
  now: () => number;
}) {
  const first = remember<Point>(REMEMBERED);
  const uploads = remember<Ahead>(REMEMBERED);
  const jobs = remember<string>(REMEMBERED);
  const queues = sharedLook<Queue>(QUEUE_MS, now);
  const starts = sharedLook<Carried | undefined>(START_MS, now);
  const queueOf = (domainId: string) => queues(domainId, () => readQueue(domainId, voiceId));
  const startOf = (arn: string) => starts(arn, () => carriedNow(arn, stepFunctions));

  /** The names that jobs ahead of others are shown by. */
  const know = ({ jobId, uploadId, manifest }: Run) => {
    if (jobId !== undefined) uploads.set(jobId, { name: manifest.key, uploadId });
  };

  async function ofJob(domainId: string, jobId: string): Promise<Progress> {
    const nothing = { jobId, percent: undefined, expectedEnd: undefined, ahead: undefined, trouble: undefined };
    let queue: Queue;
    try {
      queue = await queueOf(domainId);
    } catch (error) {
      return { ...nothing, state: 'RUNNING', trouble: explain(error) };
    }
    const ahead = aheadOf(jobId, queue);
    if (ahead !== undefined) {
      const named = ahead.map(
        ({ JobId = '', JobName }) => uploads.get(JobId) ?? { name: JobName ?? JobId, uploadId: undefined },
      );
      return { ...nothing, state: 'SUBMITTED', ahead: named };
    }
    const job = queue.running.find(({ JobId }) => JobId === jobId);
    if (job === undefined) return { ...nothing, state: 'ENDING' };
    const percent = job.JobProgress?.PercentComplete ?? 0;
    const latest = { at: now(), percent };
    const begin = first.get(jobId) ?? latest;
    first.set(jobId, begin);
    return { ...nothing, state: 'IN_PROGRESS', percent, expectedEnd: expectedEnd(begin, latest) };
  }

  async function ofRun(run: Run, executionArn: string): Promise<Progress> {
    know(run);
    const jobId = run.jobId ?? jobs.get(executionArn);
    if (jobId !== undefined && (run.state === 'WAITING' || run.state === 'RUNNING')) return ofJob(run.domainId, jobId);
    const still = { state: run.state, jobId, percent: undefined, expectedEnd: undefined, ahead: undefined };
    if (run.state !== 'WAITING') return { ...still, trouble: undefined };
    const carried = await startOf(executionArn).catch((error: unknown) => explain(error));
    if (typeof carried === 'string') return { ...still, trouble: carried };
    if (carried?.job === undefined) return { ...still, trouble: carried?.start?.trouble };
    jobs.set(executionArn, carried.job.jobId);
    know({ ...run, jobId: carried.job.jobId });
    return ofJob(run.domainId, carried.job.jobId);
  }

  return { ofRun, ofJob, know };
}
export type ProgressOf = ReturnType<typeof createProgress>;

/** What the state that an execution is in was given. */
async function carriedNow(executionArn: string, stepFunctions: SFNClient): Promise<Carried | undefined> {
  const asked = { executionArn, reverseOrder: true, maxResults: 100 };
  const { events = [] } = await stepFunctions.send(new GetExecutionHistoryCommand(asked));
  return stateNow(events.reverse().flatMap((event) => stepOf(event) ?? []))?.carried;
}
