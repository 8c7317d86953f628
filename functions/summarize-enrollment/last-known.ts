import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type GetExecutionHistoryOutput,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { type Execution, executionSchema, startedJobSchema } from '../enrollment/execution.ts';

/** A state's input between the start of a job and the state that takes the job over. */
const stateSchema = executionSchema.extend({ start: z.object({ job: startedJobSchema.optional() }).optional() });

/** Events of a history are 25,000 at most, of a page 1,000. */
const MAX_PAGES = 25;

function parse(text: string | null | undefined): Execution | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
  const { start, ...execution } = stateSchema.safeParse(value).data ?? {};
  if (!('uploadId' in execution)) return undefined;
  return { ...(start?.job !== undefined && { job: start.job }), ...execution };
}

/** The input of the last state that the execution entered; a state that was tried often has many events after it. */
async function lastState(
  executionArn: string,
  uploadId: string,
  stepFunctions: SFNClient,
): Promise<Execution | undefined> {
  let nextToken: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const asked = { executionArn, reverseOrder: true, maxResults: 1000, nextToken };
    const history: GetExecutionHistoryOutput = await stepFunctions.send(new GetExecutionHistoryCommand(asked));
    for (const event of history.events ?? []) {
      const state = parse(event.stateEnteredEventDetails?.input);
      if (state?.uploadId === uploadId) return state;
    }
    nextToken = history.nextToken;
    if (nextToken === undefined) return undefined;
  }
  return undefined;
}

/**
 * What an execution knew when it died: the input of the last state it entered, which has the job's id and the outcome
 * if it got that far; else its own input, from the event or, where that left it out for its length, from Step Functions.
 * @throws TypeError for an execution that is no upload's, such as one started by hand.
 */
export async function lastKnown(
  executionArn: string,
  input: string | null | undefined,
  stepFunctions: SFNClient,
): Promise<Execution> {
  const given = parse(input) ?? parse((await stepFunctions.send(new DescribeExecutionCommand({ executionArn }))).input);
  if (given === undefined) throw new TypeError(`The input of ${executionArn} is not an upload's.`);
  // A history that can't be had is no reason to leave the upload without its ending.
  const state = await lastState(executionArn, given.uploadId, stepFunctions).catch(() => undefined);
  return state ?? given;
}
