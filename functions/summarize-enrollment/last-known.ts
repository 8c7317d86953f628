import { DescribeExecutionCommand, GetExecutionHistoryCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { type Execution, executionSchema } from '../enrollment/execution.ts';

function parse(text: string | null | undefined): Execution | undefined {
  try {
    return executionSchema.safeParse(JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
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
  const history = await stepFunctions
    .send(new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 20 }))
    // A history that can't be had is no reason to leave the upload without its ending.
    .catch(() => undefined);
  for (const event of history?.events ?? []) {
    const state = parse(event.stateEnteredEventDetails?.input);
    if (state?.uploadId === given.uploadId) return state;
  }
  return given;
}
