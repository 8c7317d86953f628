import { beforeEach, describe, expect, it } from 'vitest';
import { type Execution, executionSchema, outcome } from '../../functions/enrollment/execution.ts';
import { endDeadExecution, statusChangeSchema } from '../../functions/summarize-enrollment/end-dead-execution.ts';
import { execution, STATE_MACHINE } from './data.ts';
import { type FakeAws, fakeAws } from './fake-aws.ts';

const ID = 'u'.repeat(43);
let aws: FakeAws;
beforeEach(() => {
  aws = fakeAws();
});

const { job: _, ...unstarted } = execution();
/** Step Functions' event about the execution of that input, which entered those states. */
function died(input: Partial<Execution>, history: object[] = [], more: object = {}) {
  const text = JSON.stringify(input);
  const entered = (state: object) => ({ type: 'TaskStateEntered', input: JSON.stringify(state) });
  aws.executions.set(ID, { input: text, history: history.map(entered) });
  return statusChangeSchema.parse({
    source: 'aws.states',
    'detail-type': 'Step Functions Execution Status Change',
    detail: {
      executionArn: `arn:execution:${ID}`,
      stateMachineArn: STATE_MACHINE,
      name: ID,
      status: 'FAILED',
      input: text,
      error: 'States.Runtime',
      cause: 'No such path.',
      ...more,
    },
  });
}
const follow = (event: ReturnType<typeof died>) =>
  endDeadExecution(event, { stepFunctions: aws.stepFunctions, stateMachineArn: STATE_MACHINE });
const ended = () => executionSchema.parse(JSON.parse(aws.executions.get(`${ID}-ended`)?.input ?? ''));

describe('an execution that died', () => {
  it.each([
    ['FAILED', 'The execution ended as FAILED: States.Runtime: No such path.'],
    ['TIMED_OUT', 'The execution ended as TIMED_OUT: States.Runtime: No such path.'],
    ['ABORTED', 'The execution ended as ABORTED.'],
  ])('as %s gets its ending from another, once', async (status, message) => {
    const event = died(unstarted, [], { status, ...(status === 'ABORTED' && { error: null, cause: null }) });
    expect([await follow(event), await follow(event)]).toEqual(['STARTED', 'STARTED']);
    expect([...aws.executions.keys()]).toEqual([ID, `${ID}-ended`]);
    expect(ended()).toEqual({ ...unstarted, outcome: outcome('FAILED', { failureDetails: { message } }) });
  });

  it('ends with all that it knew: the job, and the outcome that could not be told', async () => {
    const state = { ...execution(), outcome: outcome('COMPLETED', { endedAt: '2026-06-01T01:00:00.000Z' }) };
    await follow(died(unstarted, [unstarted, execution(), { ...state, poll: { next: 'END' } }]));
    expect(ended()).toEqual(state);
  });

  it('ends with the job that was started as it died', async () => {
    const { job } = execution();
    await follow(died(unstarted, [unstarted, { ...unstarted, start: { next: 'STARTED', job, since: 0 } }]));
    expect(ended().job).toEqual(job);
  });

  it('ends with what it knew however often its last state was tried', async () => {
    const event = died(unstarted, [unstarted, execution()]);
    const tries = Array.from({ length: 3 * 700 }, () => ({ type: 'LambdaFunctionFailed' }));
    aws.executions.get(ID)?.history.push(...tries);
    await follow(event);
    expect(ended().job).toEqual(execution().job);
  });

  it('ends with what its input says where its history can’t be had', async () => {
    aws.fault = (call) =>
      call === 'GetExecutionHistory' ? { error: 'AccessDeniedException', status: 400 } : undefined;
    await follow(died(execution()));
    expect(ended().job).toEqual(execution().job);
  });

  it('is asked for its input where the event left that out', async () => {
    const event = died(unstarted, [], { input: null });
    await follow(event);
    expect(ended().uploadId).toBe(ID);
  });

  it('is not followed by mistake: an ending’s own death, another machine’s, one that succeeded', async () => {
    expect(await follow(died(unstarted, [], { name: `${ID}-ended` }))).toBe('IGNORED');
    expect(await follow(died(unstarted, [], { stateMachineArn: `${STATE_MACHINE}-other` }))).toBe('IGNORED');
    expect(await follow(died(unstarted, [], { status: 'SUCCEEDED' }))).toBe('IGNORED');
    expect([...aws.executions.keys()]).toEqual([ID]);
  });

  it('that was no upload’s is an error by name', async () => {
    await expect(follow(died({}))).rejects.toThrow(TypeError);
  });

  it('is tried again where Step Functions fails', async () => {
    aws.fault = (call) => (call === 'StartExecution' ? { error: 'ServiceUnavailable', status: 503 } : undefined);
    await expect(follow(died(unstarted))).rejects.toThrow();
  });
});
