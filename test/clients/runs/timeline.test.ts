import { expect, it } from 'vitest';
import { type Carried, type Step, stepOf } from '../../../clients/runs/history.ts';
import { type Evidence, readable, timeline } from '../../../clients/runs/timeline.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 4, 4, 17, 0, 0) + seconds * 1000);
const epoch = (seconds: number) => at(seconds).getTime() / 1000;
const entered = (seconds: number, state: string, carried: Carried = {}): Step => ({
  kind: 'ENTERED',
  at: at(seconds),
  state,
  carried,
});

const nothing: Evidence = {
  input: {
    uploadId: 'u'.repeat(43),
    domainId: 'd'.repeat(22),
    manifest: { bucket: 'manifests', key: 'monday.json' },
    requested: 3,
  },
  uploadedAt: at(0),
  steps: [],
  secondSteps: [],
  job: undefined,
  ending: undefined,
  summaryAt: undefined,
};

const told = (evidence: Partial<Evidence>) => timeline({ ...nothing, ...evidence });
const job = { jobId: 'j'.repeat(22), createdAt: at(65).toISOString() };

it('tells tries to start a job with their reasons, and the job from when it was seen', () => {
  const memory = { runningSince: Math.floor(epoch(65)), percent: 40, percentSince: epoch(80) };
  const entries = told({
    steps: [
      { kind: 'STARTED', at: at(1) },
      entered(2, 'StartJob'),
      entered(4, 'WaitToStart', { start: { attempts: 1, waitSeconds: 30, trouble: 'The queue is full.' } }),
      entered(34, 'StartJob'),
      { kind: 'TRY_FAILED', at: at(40), error: 'Lambda.TooManyRequestsException', cause: 'Rate exceeded' },
      entered(66, 'TakeJob', { job }),
      entered(70, 'WaitToPoll', { job, poll: { waitSeconds: 5, memory: { ...memory, percent: 0 } } }),
      entered(80, 'WaitToPoll', { job, poll: { waitSeconds: 5, memory } }),
      entered(85, 'WaitToPoll', { job, poll: { waitSeconds: 5, memory, trouble: 'ThrottlingException' } }),
    ],
  });
  expect(entries.map(({ at: when, what, detail }) => [when.getTime() / 1000 - epoch(0), what, detail])).toEqual([
    [0, 'Manifest uploaded', ''],
    [1, 'Handed to the state machine', '3 requests, checked. Its job could not be started at once.'],
    [4, 'Job not started, try 1', 'The queue is full. Tried again in 30 s.'],
    [40, 'Start job: a try failed', 'Lambda.TooManyRequestsException: Rate exceeded'],
    [65, 'Job submitted', 'It joins the queue of its domain.'],
    [65, 'Job seen running', 'The first look that found it at work.'],
    [80, '40% done', ''],
    [85, 'Job not seen', 'ThrottlingException Looked at again in 5 s.'],
  ]);
});

it('never has a look see what it saw before it began, though looks are told in whole seconds', () => {
  const memory = { runningSince: epoch(65), percent: 7, percentSince: epoch(65) };
  const steps = [
    { kind: 'STARTED' as const, at: at(65.2) },
    entered(65.8, 'Poll', { job }),
    entered(65.9, 'WaitToPoll', { job, poll: { memory } }),
  ];
  expect(told({ uploadedAt: undefined, steps }).map(({ what, at: when }) => [what, when])).toEqual([
    ['Job submitted', at(65)],
    ['Handed to the state machine', at(65.2)],
    ['Job seen running', at(65.8)],
    ['7% done', at(65.8)],
  ]);
});

it('has a rejected manifest end without a job', () => {
  const entries = told({
    input: { ...nothing.input, outcome: { status: 'REJECTED', problemCount: 1 } },
    steps: [{ kind: 'STARTED', at: at(1) }, entered(2, 'Summarize'), entered(3, 'TellEnding')],
  });
  expect(entries.map(({ what }) => what)).toEqual(['Manifest uploaded', 'Manifest rejected', 'Summary written']);
  expect(entries[1]?.detail).toBe('1 problem: nothing is enrolled.');
});

it('reads the events of both kinds of tasks, and the message in a function’s cause', () => {
  const cause = JSON.stringify({ errorMessage: 'No room.', stackTrace: [] });
  const details = { error: 'Error', cause };
  const event = { timestamp: at(1), id: 1 };
  const failed = { kind: 'TRY_FAILED', at: at(1), error: 'Error', cause: 'No room.' };
  expect(stepOf({ ...event, type: 'LambdaFunctionFailed', lambdaFunctionFailedEventDetails: details })).toEqual(failed);
  const task = { resourceType: 'events', resource: 'putEvents', ...details };
  expect(stepOf({ ...event, type: 'TaskTimedOut', taskTimedOutEventDetails: task })).toEqual(failed);
  expect(stepOf({ ...event, type: 'LambdaFunctionScheduled' })).toBeUndefined();
  expect(stepOf({ ...event, type: 'TaskSucceeded' })).toBeUndefined();
  const cut = { name: 'Poll', input: '{"job": {"jo' };
  expect(stepOf({ ...event, type: 'TaskStateEntered', stateEnteredEventDetails: cut })).toMatchObject({ carried: {} });
});

it.each([
  ['WaitToPoll', 'Wait to poll'],
  ['JobStarted?', 'Job started?'],
  ['Begin', 'Begin'],
])('%s is read as %s', (state, words) => {
  expect(readable(state)).toBe(words);
});
