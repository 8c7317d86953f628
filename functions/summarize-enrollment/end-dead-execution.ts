import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { executionSchema, outcome } from '../enrollment/execution.ts';

/** Step Functions' own event about an execution that ended other than by success. */
export const statusChangeSchema = z.object({
  source: z.literal('aws.states'),
  'detail-type': z.literal('Step Functions Execution Status Change'),
  detail: z.object({
    executionArn: z.string(),
    stateMachineArn: z.string(),
    name: z.string(),
    status: z.string(),
    input: z.string().nullish(),
    error: z.string().nullish(),
    cause: z.string().nullish(),
  }),
});
export type StatusChange = z.infer<typeof statusChangeSchema>;

const ENDING = '-ended';

/**
 * Gives an upload whose execution died outside any Catch its ending: one more execution of the same machine, under a
 * name that repeats find, whose input goes straight to the end. Such an execution's own death is not followed again.
 */
export async function endDeadExecution(
  { detail }: StatusChange,
  deps: { stepFunctions: SFNClient; stateMachineArn: string },
): Promise<'STARTED' | 'IGNORED'> {
  const died = ['FAILED', 'TIMED_OUT', 'ABORTED'].includes(detail.status);
  if (!died || detail.name.endsWith(ENDING) || detail.stateMachineArn !== deps.stateMachineArn) return 'IGNORED';
  // Left out of the event where it is long.
  const input =
    detail.input ??
    (await deps.stepFunctions.send(new DescribeExecutionCommand({ executionArn: detail.executionArn }))).input;
  const execution = executionSchema.parse(JSON.parse(input ?? '{}'));
  const why = [detail.error, detail.cause].filter((text) => text !== undefined && text !== null && text !== '');
  const message = `The execution ended as ${detail.status}${why.length === 0 ? '.' : `: ${why.join(': ')}`}`;
  const ended = execution.outcome ?? outcome('FAILED', { failureDetails: { message: message.slice(0, 1000) } });
  try {
    await deps.stepFunctions.send(
      new StartExecutionCommand({
        stateMachineArn: deps.stateMachineArn,
        name: `${detail.name.slice(0, 80 - ENDING.length)}${ENDING}`,
        input: JSON.stringify({ ...execution, outcome: ended }),
      }),
    );
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  }
  return 'STARTED';
}
