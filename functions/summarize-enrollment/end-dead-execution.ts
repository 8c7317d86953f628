import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { outcome } from '../enrollment/execution.ts';
import { lastKnown } from './last-known.ts';

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

const DIED = new Set(['FAILED', 'TIMED_OUT', 'ABORTED']);
const ENDING = '-ended';

/**
 * Gives an upload whose execution died outside any Catch its ending: one more execution of the same machine, under a
 * name that repeats find, whose input goes straight to the end with what was known. Such an execution's own death is
 * not followed again.
 */
export async function endDeadExecution(
  { detail }: StatusChange,
  deps: { stepFunctions: SFNClient; stateMachineArn: string },
): Promise<'STARTED' | 'IGNORED'> {
  if (!DIED.has(detail.status) || detail.name.endsWith(ENDING)) return 'IGNORED';
  if (detail.stateMachineArn !== deps.stateMachineArn) return 'IGNORED';
  const execution = await lastKnown(detail.executionArn, detail.input, deps.stepFunctions);
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
