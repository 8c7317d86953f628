import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  type ExecutionListItem,
  ListExecutionsCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { remember } from '../remember.ts';
import { sharedLook } from '../shared-look.ts';
import { ENDED, type Run, type RunInput, runInput, runOf } from './run.ts';

/** Milliseconds for which a look is everybody's: at the newest executions, at older ones, and for the second of a dead one. */
const NEWEST_MS = 2000;
const OLDER_MS = 15_000;
const SECOND_MS = 10_000;
/** Runs and inputs that are remembered, some hundred bytes each. */
const REMEMBERED = 10_000;

export interface ExecutionPage {
  executions: ExecutionListItem[];
  next: string | undefined;
}

/** An execution as it is; undefined where there is none. */
export async function describeExecution(
  executionArn: string,
  stepFunctions: SFNClient,
): Promise<DescribeExecutionOutput | undefined> {
  try {
    return await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
  } catch (error) {
    if (error instanceof Error && (error.name === 'ExecutionDoesNotExist' || error.name === 'InvalidArn')) {
      return undefined;
    }
    throw error;
  }
}

/**
 * The executions of a state machine, looked at as seldom as it takes: an input is asked for once, an output once when it is
 * there, and a listing is shared by all who look within two seconds.
 */
export function createExecutions(stepFunctions: SFNClient, stateMachineArn: () => string, now: () => number) {
  const ended = remember<Run | 'none'>(REMEMBERED);
  const inputs = remember<RunInput | 'none'>(REMEMBERED);

  const list = async (maxResults: number, nextToken?: string): Promise<ExecutionPage> => {
    const asked = { stateMachineArn: stateMachineArn(), maxResults, nextToken };
    const { executions = [], nextToken: next } = await stepFunctions.send(new ListExecutionsCommand(asked));
    return { executions, next };
  };
  const newest = sharedLook((size) => list(Number(size)), NEWEST_MS, now);
  const older = sharedLook(
    (key) => list(Number(key.slice(0, key.indexOf(' '))), key.slice(key.indexOf(' ') + 1)),
    OLDER_MS,
    now,
  );
  /** Only while it is on its way: what comes is kept. */
  const describe = sharedLook((arn) => describeExecution(arn, stepFunctions), 0, now);
  const second = sharedLook((arn) => describeExecution(`${arn}${ENDED}`, stepFunctions), SECOND_MS, now);

  async function recall(item: ExecutionListItem): Promise<Run | undefined> {
    const { executionArn = '', status } = item;
    const known = ended.get(executionArn);
    if (known !== undefined) return known === 'none' ? undefined : known;
    let input = inputs.get(executionArn);
    let described: Parameters<typeof runOf>[1] = item;
    if (input === undefined || status === 'SUCCEEDED') {
      const found = await describe(executionArn);
      if (found === undefined) return undefined;
      described = found;
      input = runInput(found.input) ?? 'none';
      inputs.set(executionArn, input);
    }
    if (input === 'none') {
      ended.set(executionArn, 'none');
      return undefined;
    }
    const died = described.status !== 'RUNNING' && described.status !== 'SUCCEEDED';
    const run = runOf(input, described, died ? await second(executionArn) : undefined);
    if (described.status === 'SUCCEEDED' || run.endedAt !== undefined) ended.set(executionArn, run);
    return run;
  }

  return {
    /** @param after the token of an earlier page */
    page: (size: number, after?: string) => (after === undefined ? newest(String(size)) : older(`${size} ${after}`)),
    /** What executions of a listing are; undefined for those that are no upload's. */
    recall,
  };
}
export type Executions = ReturnType<typeof createExecutions>;
