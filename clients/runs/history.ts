import {
  GetExecutionHistoryCommand,
  type GetExecutionHistoryOutput,
  type HistoryEvent,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { z } from 'zod';

/** What a state was given, as far as the story needs it. Times of `memory` are epoch seconds. */
const carriedSchema = z.object({
  domainId: z.string().optional(),
  job: z.object({ jobId: z.string(), createdAt: z.string() }).optional(),
  start: z
    .object({ waitSeconds: z.number().optional(), attempts: z.number().optional(), trouble: z.string().optional() })
    .optional(),
  poll: z
    .object({
      waitSeconds: z.number().optional(),
      trouble: z.string().optional(),
      memory: z
        .object({
          runningSince: z.number().optional(),
          percent: z.number().optional(),
          percentSince: z.number().optional(),
          polls: z.number().optional(),
        })
        .optional(),
    })
    .optional(),
  outcome: z
    .object({
      status: z.string(),
      endedAt: z.string().optional(),
      failureDetails: z.object({ message: z.string() }).optional(),
    })
    .optional(),
});
export type Carried = z.infer<typeof carriedSchema>;

/** One step of an execution. `TRY_FAILED`: a try of a task; whether there is another is seen by what follows. */
export type Step =
  | { kind: 'STARTED' | 'SUCCEEDED'; at: Date }
  | { kind: 'ENTERED'; at: Date; state: string; carried: Carried }
  | { kind: 'LEFT'; at: Date; state: string }
  | { kind: 'TRY_FAILED' | 'FAILED' | 'ABORTED' | 'TIMED_OUT'; at: Date; error: string; cause: string };

const EXECUTION_ENDS: Record<string, 'FAILED' | 'ABORTED' | 'TIMED_OUT'> = {
  ExecutionFailed: 'FAILED',
  ExecutionAborted: 'ABORTED',
  ExecutionTimedOut: 'TIMED_OUT',
};

/** A Lambda's error as Step Functions gives it in `cause`: JSON, of which people read one member. */
const lambdaCause = z.object({ errorMessage: z.string() });

function messageOf(cause: string): string {
  try {
    return lambdaCause.safeParse(JSON.parse(cause)).data?.errorMessage ?? cause;
  } catch {
    return cause;
  }
}

function carriedOf(input: string | undefined): Carried {
  try {
    return carriedSchema.safeParse(JSON.parse(input ?? '{}')).data ?? {};
  } catch {
    // Cut off, where it was larger than a history keeps.
    return {};
  }
}

function failureOf(event: HistoryEvent): { error: string; cause: string } {
  const { error, cause } =
    event.lambdaFunctionFailedEventDetails ??
    event.lambdaFunctionTimedOutEventDetails ??
    event.lambdaFunctionScheduleFailedEventDetails ??
    event.lambdaFunctionStartFailedEventDetails ??
    event.taskFailedEventDetails ??
    event.taskTimedOutEventDetails ??
    event.taskStartFailedEventDetails ??
    event.taskSubmitFailedEventDetails ??
    event.executionFailedEventDetails ??
    event.executionAbortedEventDetails ??
    event.executionTimedOutEventDetails ??
    {};
  return { error: error ?? '', cause: messageOf(cause ?? '') };
}

/** A history's event as a step; undefined for one that the story does not need, such as that a function was called. */
export function stepOf(event: HistoryEvent): Step | undefined {
  const { type = '', timestamp: at = new Date(0) } = event;
  if (type.endsWith('StateEntered')) {
    const { name = '', input } = event.stateEnteredEventDetails ?? {};
    return { kind: 'ENTERED', at, state: name, carried: carriedOf(input) };
  }
  if (type.endsWith('StateExited')) return { kind: 'LEFT', at, state: event.stateExitedEventDetails?.name ?? '' };
  if (type === 'ExecutionStarted') return { kind: 'STARTED', at };
  if (type === 'ExecutionSucceeded') return { kind: 'SUCCEEDED', at };
  const end = EXECUTION_ENDS[type];
  if (end !== undefined) return { kind: end, at, ...failureOf(event) };
  if (/^(LambdaFunction|Task)\w*(Failed|TimedOut)$/.test(type)) return { kind: 'TRY_FAILED', at, ...failureOf(event) };
  return undefined;
}

/** Events of a history are 25,000 at most. */
const MAX_PAGES = 25;

/**
 * An execution's steps, in their order. Each further call reads only what has come since: newest first, until it meets what it
 * knows.
 */
export function createHistory(executionArn: string, stepFunctions: SFNClient): () => Promise<readonly Step[]> {
  let steps: Step[] = [];
  let newest: { id: number; at: number } | undefined;
  return async () => {
    const news: HistoryEvent[] = [];
    let nextToken: string | undefined;
    let known = false;
    for (let page = 0; page < MAX_PAGES && !known; page++) {
      const asked = { executionArn, reverseOrder: true, maxResults: newest === undefined ? 1000 : 100, nextToken };
      const history: GetExecutionHistoryOutput = await stepFunctions.send(new GetExecutionHistoryCommand(asked));
      for (const event of history.events ?? []) {
        known = newest !== undefined && event.id === newest.id && event.timestamp?.getTime() === newest.at;
        if (known) break;
        news.push(event);
      }
      nextToken = history.nextToken;
      if (nextToken === undefined) break;
    }
    // A local cloud that was started again begins with its executions anew: what was known is not theirs any more.
    const kept = known ? steps : [];
    const [latest] = news;
    if (latest?.id !== undefined) newest = { id: latest.id, at: latest.timestamp?.getTime() ?? 0 };
    steps = [...kept, ...news.reverse().flatMap((event) => stepOf(event) ?? [])];
    return steps;
  };
}

/** The state that an execution is in: the one that it entered last, while it runs. */
export function stateNow(steps: readonly Step[]): (Step & { kind: 'ENTERED' }) | undefined {
  const last = steps.findLast(({ kind }) => kind !== 'LEFT' && kind !== 'TRY_FAILED');
  return last?.kind === 'ENTERED' ? last : undefined;
}
