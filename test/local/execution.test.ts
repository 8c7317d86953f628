import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createEventBus } from '../../local/event-bus/bus.ts';
import { createInterpreter } from '../../local/step-functions/execution.ts';

const directory = mkdtempSync(join(tmpdir(), 'vivavoce-execution-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const bus = createEventBus(join(directory, 'rules.json'), () => true);
const lambda = { invoke: async () => undefined, close: async () => undefined };

/** An execution that puts one event on the bus of that name. */
const put = (EventBusName: string) => {
  const Entries = [{ EventBusName, Source: 'test', DetailType: 'Something', Detail: {} }];
  const Tell = { Type: 'Task', Resource: 'arn:aws:states:::events:putEvents', Parameters: { Entries }, End: true };
  const execute = createInterpreter(JSON.stringify({ StartAt: 'Tell', States: { Tell } }), {
    lambda,
    putEvents: (input) => bus.call('PutEvents', input),
  });
  return execute({}, { Execution: {} }, () => undefined).result;
};

it('an entry that the bus does not take is an error of the task, as on AWS', async () => {
  expect(await put('vivavoce')).toMatchObject({ status: 'SUCCEEDED', output: { FailedEntryCount: 0 } });
  expect(await put('another')).toMatchObject({
    status: 'FAILED',
    error: 'EventBridge.FailedEntry',
    cause: expect.stringContaining('ResourceNotFoundException'),
  });
});
