import { expect, it } from 'vitest';
import { FunctionError } from '../../local/lambda.ts';
import { createInterpreter } from '../../local/step-functions/execution.ts';
import { endedAs, type Happened, happened } from '../../local/step-functions/history.ts';

it('a history has states by their names, and a try that failed with its error, as on AWS', async () => {
  const Try = {
    Type: 'Task',
    Resource: 'arn:aws:lambda:us-east-1:000000000000:function:poll-enrollment',
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: null, Next: 'Over' }],
    End: true,
  };
  const definition = JSON.stringify({ StartAt: 'Try', States: { Try, Over: { Type: 'Pass', End: true } } });
  const lambda = {
    invoke: async () => {
      throw new FunctionError('ThrottlingException', 'Slow down.');
    },
    close: async () => undefined,
  };
  const history: Happened[] = [];
  const execute = createInterpreter(definition, { lambda, putEvents: () => ({}) });
  const run = execute({ uploadId: 'u' }, { Execution: {} }, (event) => {
    const told = happened(event);
    if (told !== undefined) history.push(told);
  });
  expect(await run.result).toMatchObject({ status: 'SUCCEEDED' });
  await expect.poll(() => history.at(-1)?.type).toBe('PassStateExited');
  const input = JSON.stringify({ uploadId: 'u' });
  expect(history.map(({ type, details }) => ({ type, ...details }))).toEqual([
    { type: 'ExecutionStarted', executionStartedEventDetails: { input } },
    { type: 'TaskStateEntered', stateEnteredEventDetails: { name: 'Try', input } },
    {
      type: 'LambdaFunctionFailed',
      lambdaFunctionFailedEventDetails: { error: 'ThrottlingException', cause: 'Slow down.' },
    },
    { type: 'TaskStateExited', stateExitedEventDetails: { name: 'Try' } },
    { type: 'PassStateEntered', stateEnteredEventDetails: { name: 'Over', input } },
    { type: 'PassStateExited', stateExitedEventDetails: { name: 'Over' } },
  ]);
});

it('a history ends with how its execution ended', () => {
  expect(endedAs({ status: 'ABORTED', error: 'ByHand' }, 5)).toEqual({
    type: 'ExecutionAborted',
    at: 5,
    details: { executionAbortedEventDetails: { error: 'ByHand' } },
  });
  expect(endedAs({ status: 'RUNNING' }, 5)).toBeUndefined();
});
