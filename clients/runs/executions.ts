import {
  type DescribeExecutionOutput,
  type ExecutionListItem,
  type ExecutionStatus,
  ListExecutionsCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { describeExecution, ENDED } from '../execution.ts';
import { remember } from '../remember.ts';
import { sharedLook } from '../shared-look.ts';
import { type Run, type RunInput, runInput, runOf } from './run.ts';

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

interface Listing {
  size: number;
  /** The token of an earlier page. */
  after: string | undefined;
  status: ExecutionStatus | undefined;
}

/**
 * The executions of a state machine, looked at as seldom as it takes: an input is asked for once, an output once when it is
 * there, and a listing is shared by all who look within two seconds.
 */
export function createExecutions(stepFunctions: SFNClient, stateMachineArn: () => string, now: () => number) {
  const ended = remember<Run | 'none'>(REMEMBERED);
  const inputs = remember<RunInput | 'none'>(REMEMBERED);

  const newest = sharedLook<ExecutionPage>(NEWEST_MS, now);
  const older = sharedLook<ExecutionPage>(OLDER_MS, now);
  const second = sharedLook<DescribeExecutionOutput | undefined>(SECOND_MS, now);
  /** Only while it is on its way: what comes is kept. */
  const described = sharedLook<DescribeExecutionOutput | undefined>(0, now);

  async function recall(item: ExecutionListItem): Promise<Run | undefined> {
    const { executionArn = '', status } = item;
    const known = ended.get(executionArn);
    if (known !== undefined) return known === 'none' ? undefined : known;
    let input = inputs.get(executionArn);
    let execution: Parameters<typeof runOf>[1] = item;
    if (input === undefined || status === 'SUCCEEDED') {
      const found = await described(executionArn, () => describeExecution(executionArn, stepFunctions));
      if (found === undefined) return undefined;
      execution = found;
      input = runInput(found.input) ?? 'none';
      inputs.set(executionArn, input);
    }
    if (input === 'none') {
      ended.set(executionArn, 'none');
      return undefined;
    }
    const died = execution.status !== 'RUNNING' && execution.status !== 'SUCCEEDED';
    const run = runOf(input, execution, died ? await secondOf(executionArn) : undefined);
    if (execution.status === 'SUCCEEDED' || run.endedAt !== undefined) ended.set(executionArn, run);
    return run;
  }

  const secondOf = (arn: string) => second(arn, () => describeExecution(`${arn}${ENDED}`, stepFunctions));

  return {
    /** A page of a listing, newest first. */
    page({ size: maxResults, after: nextToken, status: statusFilter }: Listing): Promise<ExecutionPage> {
      const asked = { stateMachineArn: stateMachineArn(), maxResults, nextToken, statusFilter };
      const look = nextToken === undefined ? newest : older;
      return look(JSON.stringify(asked), async () => {
        const { executions = [], nextToken: next } = await stepFunctions.send(new ListExecutionsCommand(asked));
        return { executions, next };
      });
    },
    /** What executions of a listing are; undefined for those that are no upload's. */
    recall,
  };
}
export type Executions = ReturnType<typeof createExecutions>;
