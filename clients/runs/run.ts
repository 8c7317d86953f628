import type { DescribeExecutionOutput } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { ENDED } from '../execution.ts';
import { type Ending, parseEnding } from '../watch.ts';

const inputSchema = z.object({
  uploadId: z.string(),
  domainId: z.string(),
  manifest: z.object({
    bucket: z.string(),
    key: z.string(),
    versionId: z.string().optional(),
    eTag: z.string().optional(),
  }),
  requested: z.number().optional(),
  job: z.object({ jobId: z.string(), createdAt: z.string() }).optional(),
  outcome: z
    .object({
      status: z.string(),
      problemCount: z.number().optional(),
      failureDetails: z.object({ message: z.string() }).optional(),
    })
    .optional(),
});

/** What an upload's execution was given. */
export type RunInput = z.infer<typeof inputSchema>;

/**
 * `WAITING`: its job has not been started yet. `SUBMITTED`, `IN_PROGRESS`: its job's own. `ENDING`: its job has ended, and its ending
 * is not told yet. `RUNNING`: one of these, but the job could not be asked for. `STOPPED`: its execution died, and there is no ending
 * (yet). Then the five endings.
 */
export type RunState =
  | 'WAITING'
  | 'SUBMITTED'
  | 'IN_PROGRESS'
  | 'ENDING'
  | 'RUNNING'
  | 'STOPPED'
  | 'COMPLETED'
  | 'COMPLETED_WITH_ERRORS'
  | 'FAILED'
  | 'TIMED_OUT'
  | 'REJECTED';

const ENDINGS = ['COMPLETED', 'COMPLETED_WITH_ERRORS', 'FAILED', 'TIMED_OUT', 'REJECTED'] as const;

/** What an upload has come to, small enough to be remembered by the thousand. */
export interface Run {
  uploadId: string;
  domainId: string;
  manifest: { bucket: string; key: string };
  startedAt: Date | undefined;
  state: RunState;
  jobId: string | undefined;
  requested: number | undefined;
  /** Undefined until its ending is told. */
  endedAt: Date | undefined;
  counts: Record<string, number> | undefined;
  problemCount: number | undefined;
  failure: string | undefined;
}

/** The input of an execution that is an upload's; undefined for one that was started by hand. */
export function runInput(input: string | undefined): RunInput | undefined {
  return inputSchema.safeParse(JSON.parse(input ?? 'null')).data;
}

const endingOf = (status: string) => ENDINGS.find((ending) => ending === status);

/**
 * The run of an execution.
 * @param ended the execution that told its ending in its place, where it died.
 */
export function runOf(
  input: RunInput,
  execution: Pick<DescribeExecutionOutput, 'status' | 'startDate' | 'output'>,
  ended?: Pick<DescribeExecutionOutput, 'input' | 'output'>,
): Run {
  const ending = parseEnding(execution.output) ?? parseEnding(ended?.output);
  const { uploadId, domainId, manifest, requested, job, outcome } = runInput(ended?.input) ?? input;
  return {
    uploadId,
    domainId,
    manifest,
    startedAt: execution.startDate,
    state: stateOf(execution.status, ending, outcome?.status, job !== undefined),
    jobId: ending?.detail.jobId ?? job?.jobId,
    requested,
    endedAt: ending && new Date(ending.detail.endedAt),
    counts: ending?.detail.counts,
    problemCount: ending?.detail.problemCount ?? outcome?.problemCount,
    failure: ending?.detail.failureDetails?.message ?? outcome?.failureDetails?.message,
  };
}

function stateOf(
  execution: string | undefined,
  ending: Ending | undefined,
  outcome: string | undefined,
  hasJob: boolean,
): RunState {
  const known = ending?.detail.status ?? outcome;
  if (known !== undefined) return endingOf(known) ?? 'FAILED';
  if (execution !== 'RUNNING') return 'STOPPED';
  return hasJob ? 'RUNNING' : 'WAITING';
}

const JOB_STATES: Record<string, RunState> = {
  SUBMITTED: 'SUBMITTED',
  IN_PROGRESS: 'IN_PROGRESS',
  COMPLETED: 'COMPLETED',
  COMPLETED_WITH_ERRORS: 'COMPLETED_WITH_ERRORS',
  FAILED: 'FAILED',
};

/** A job's own status. One that is not known is of a job that has not ended. */
export const stateOfJob = (status: string | undefined): RunState => JOB_STATES[status ?? ''] ?? 'RUNNING';

/** Its ending is told: nothing of it changes any more. */
export const hasEnded = ({ endedAt }: Pick<Run, 'endedAt'>) => endedAt !== undefined;

/** Whether an execution tells the ending of another one; an upload's own is named after its id, 43 characters. */
export const isSecond = (name: string) => name.length > 43 && name.endsWith(ENDED);
