import { DescribeExecutionCommand, type DescribeExecutionOutput, type SFNClient } from '@aws-sdk/client-sfn';

/** The ARN of a state machine's execution of that name. */
export const executionArnOf = (stateMachineArn: string, name: string): string =>
  `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;

/** The end of the name of an execution that tells the ending of one that died. */
export const ENDED = '-ended';

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
