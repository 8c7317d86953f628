import type { EventLog } from './execution.ts';

/** An event of a history without its place in it. */
export interface Happened {
  type: string;
  /** Epoch milliseconds. */
  at: number;
  details: Record<string, object>;
}

/** How an execution ended, as it is kept. */
export interface Ended {
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED' | 'TIMED_OUT';
  output?: string | undefined;
  error?: string | undefined;
  cause?: string | undefined;
}

const textOf = (cause: unknown) =>
  typeof cause === 'string' ? cause : cause instanceof Error ? cause.message : (JSON.stringify(cause) ?? '');

/** What the interpreter logs, as Step Functions' history has it; undefined for the execution's end, which is not the log's to tell. */
export function happened(event: EventLog): Happened | undefined {
  const at = event.timestamp;
  switch (event.type) {
    case 'ExecutionStarted':
      return {
        type: event.type,
        at,
        details: { executionStartedEventDetails: { input: JSON.stringify(event.input) } },
      };
    case 'StateEntered': {
      const { name, type, input } = event.state;
      return {
        type: `${type}StateEntered`,
        at,
        details: { stateEnteredEventDetails: { name, input: JSON.stringify(input) } },
      };
    }
    case 'StateExited': {
      const { name, type } = event.state;
      return { type: `${type}StateExited`, at, details: { stateExitedEventDetails: { name } } };
    }
    case 'StateFailed': {
      // Only tasks fail here; which service a task calls the log does not say.
      const failure = { error: event.Error, cause: textOf(event.Cause) };
      return { type: 'LambdaFunctionFailed', at, details: { lambdaFunctionFailedEventDetails: failure } };
    }
    default:
      return undefined;
  }
}

const ENDS = {
  SUCCEEDED: ['ExecutionSucceeded', 'executionSucceededEventDetails'],
  FAILED: ['ExecutionFailed', 'executionFailedEventDetails'],
  ABORTED: ['ExecutionAborted', 'executionAbortedEventDetails'],
  TIMED_OUT: ['ExecutionTimedOut', 'executionTimedOutEventDetails'],
} as const;

/** The last event of a history. */
export function endedAs({ status, output, error, cause }: Ended, at: number): Happened | undefined {
  if (status === 'RUNNING') return undefined;
  const [type, details] = ENDS[status];
  return {
    type,
    at,
    details: {
      [details]: {
        ...(output !== undefined && { output }),
        ...(error !== undefined && { error }),
        ...(cause !== undefined && { cause }),
      },
    },
  };
}
