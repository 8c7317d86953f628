import { VoiceIDClient } from '@aws-sdk/client-voice-id';
import { beforeEach, describe, expect, it } from 'vitest';
import { CredentialsError } from '../../functions/enrollment/errors.ts';
import { readSettings, schemas } from '../../functions/enrollment/settings.ts';
import { inputSchema, type PollResult, pollEnrollment } from '../../functions/poll-enrollment/poll-enrollment.ts';
import { DOMAIN, execution } from './data.ts';
import { type FakeAws, type FakeJob, type Fault, fakeAws } from './fake-aws.ts';

const settings = readSettings(schemas.pollEnrollment, {});
let aws: FakeAws;
let job: FakeJob;
beforeEach(() => {
  aws = fakeAws();
  job = {
    id: 'job0000000000000000001',
    token: 't',
    request: {
      ClientToken: 't',
      DomainId: DOMAIN,
      JobName: 'n',
      InputDataConfig: { S3Uri: '' },
      OutputDataConfig: { S3Uri: '' },
    },
    createdAt: aws.clock.now,
    status: 'SUBMITTED',
  };
  aws.jobs.push(job);
});

const look = (earlier?: PollResult) =>
  pollEnrollment(inputSchema.parse({ ...execution(), ...(earlier?.next === 'WAIT' && { poll: earlier }) }), {
    voiceId: aws.voiceId,
    settings,
    now: () => aws.clock.now,
  });

/** Looks until `until` seconds have passed or the job has ended. */
async function lookOn(until: number, earlier?: PollResult) {
  const end = aws.clock.now + until * 1000;
  let result = await look(earlier);
  while (result.next === 'WAIT' && aws.clock.now < end) {
    aws.clock.now += result.waitSeconds * 1000;
    result = await look(result);
  }
  return result;
}

describe('a look at a job', () => {
  it.each(['COMPLETED', 'COMPLETED_WITH_ERRORS'])('that is %s is the last', async (status) => {
    Object.assign(job, { status, endedAt: aws.clock.now + 5000 });
    expect(await look()).toEqual({
      next: 'END',
      outcome: {
        status,
        detailType: `Speaker Enrollment Job ${status === 'COMPLETED' ? 'Completed' : 'Completed With Errors'}`,
        endedAt: '2026-06-01T00:00:05.000Z',
      },
    });
  });

  it('that failed brings its reason', async () => {
    Object.assign(job, { status: 'FAILED', failure: { Message: 'The role may not be assumed.', StatusCode: 403 } });
    expect(await look()).toMatchObject({
      next: 'END',
      outcome: { status: 'FAILED', failureDetails: { message: 'The role may not be assumed.', statusCode: 403 } },
    });
  });

  it.each(['SUBMITTED', 'IN_PROGRESS', 'PAUSED_FOR_REASONS_OF_ITS_OWN'])('that is %s waits on', async (status) => {
    job.status = status;
    expect(await look()).toMatchObject({ next: 'WAIT', waitSeconds: 5, jobStatus: status });
  });

  it('that waits is given up at the deadline for waiting, which its start’s waiting is a part of', async () => {
    const message = expect.stringMatching(/not seen running \d+ s after .*JOB_QUEUE_DEADLINE_SECONDS is 604800/);
    const from = aws.clock.now;
    expect(await lookOn(30 * 86_400)).toMatchObject({
      next: 'END',
      outcome: { status: 'TIMED_OUT', failureDetails: { message } },
    });
    expect(aws.clock.now - from).toBe(604_800_000);

    const since = aws.clock.now / 1000 - 604_000;
    const waited = inputSchema.parse({ ...execution(), start: { next: 'STARTED', since } });
    const first = await pollEnrollment(waited, { voiceId: aws.voiceId, settings, now: () => aws.clock.now });
    expect(first).toMatchObject({ next: 'WAIT', waitSeconds: 300 });
    await lookOn(30 * 86_400, first);
    expect(aws.clock.now / 1000 - since).toBe(604_800);
  });

  it('counts the deadline from the first that saw it running', async () => {
    let result = await lookOn(3 * 86_400);
    expect(result.next).toBe('WAIT');
    job.status = 'IN_PROGRESS';
    const started = aws.clock.now;
    result = await lookOn(10 * 86_400, result);
    const message = expect.stringMatching(/first seen running \(JOB_DEADLINE_SECONDS is 86400\)/);
    expect(result).toMatchObject({ next: 'END', outcome: { status: 'TIMED_OUT', failureDetails: { message } } });
    const ran = (aws.clock.now - started) / 1000;
    expect(ran).toBeGreaterThanOrEqual(86_400);
    expect(ran).toBeLessThanOrEqual(86_400 + 300);
  });
});

describe('a service in trouble', () => {
  const faults = [
    { error: 'ThrottlingException', status: 400 },
    { error: 'InternalServerException', status: 500 },
    { error: 'ServiceUnavailable', status: 503 },
    'lost before' as const,
    'lost after' as const,
  ];
  it.each(faults)('is asked again, later and longer later: %j', async (fault) => {
    job.status = 'IN_PROGRESS';
    const seen = await look();
    aws.fault = () => fault;
    const waits: number[] = [];
    let result = seen;
    for (let failures = 0; failures < 8; failures++) {
      result = await look(result);
      if (result.next === 'WAIT') waits.push(result.waitSeconds);
      aws.clock.now += 5000;
    }
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
    // What was known of the job is known when it answers again.
    aws.fault = () => undefined;
    const after = await look(result);
    expect(after).toMatchObject({ next: 'WAIT', memory: { runningSince: 1780272000 } });
    expect(after).not.toHaveProperty('memory.failures');
  });

  it('that never answers again is a timeout, at the deadline', async () => {
    job.status = 'IN_PROGRESS';
    const seen = await look();
    aws.fault = () => 'lost before';
    const result = await lookOn(2 * 86_400, seen);
    const message = expect.stringMatching(/JOB_DEADLINE_SECONDS.* The last \d+ looks at it failed: .*socket hang up/);
    expect(result).toMatchObject({ next: 'END', outcome: { status: 'TIMED_OUT', failureDetails: { message } } });
    expect((aws.clock.now - Date.parse('2026-06-01')) / 1000).toBeLessThanOrEqual(86_400 + 300);
  });
});

describe('a job that runs', () => {
  const JSON_TYPE = { 'content-type': 'application/json' };
  const HTML = { 'content-type': 'text/html' };
  const odd: Fault[] = [
    { error: 'AccessDeniedException', status: 400 },
    { error: 'ValidationException', status: 400 },
    { error: 'UnrecognizedClientException', status: 403 },
    { error: 'ExpiredTokenException', status: 400 },
    { answer: { status: 403, headers: HTML, body: '<html>Forbidden</html>' } },
    { answer: { status: 404, headers: HTML, body: 'no healthy upstream' } },
    { answer: { status: 404, headers: JSON_TYPE, body: '{"message":"Not Found"}' } },
    {
      answer: {
        status: 404,
        headers: { ...JSON_TYPE, 'x-amzn-errortype': 'ResourceNotFoundException' },
        body: '{"message":"A gateway’s."}',
      },
    },
    { answer: { status: 200, headers: HTML, body: '<html>Sign in</html>' } },
    { answer: { status: 200, headers: JSON_TYPE, body: '{"ok":true}' } },
    { answer: { status: 200, headers: JSON_TYPE, body: '{"Job":{"JobId":"another","JobStatus":"COMPLETED"}}' } },
    { answer: { status: 200, headers: JSON_TYPE, body: '{"Job":' } },
    { answer: { status: 204, headers: {}, body: '' } },
  ];
  it.each(odd)('is followed on, whatever one look says: %j', async (fault) => {
    aws.fault = () => fault;
    const first = await look();
    expect(first).toMatchObject({ next: 'WAIT', jobStatus: 'UNKNOWN', memory: { failures: 1 } });
    // What a stranger said is not repeated.
    expect(JSON.stringify(first)).not.toMatch(/html|upstream|gateway/);
    aws.fault = () => undefined;
    job.status = 'IN_PROGRESS';
    expect(await look(first)).toMatchObject({ next: 'WAIT', memory: { runningSince: aws.clock.now / 1000 } });
  });

  it('is followed on while there are no credentials', async () => {
    const voiceId = new VoiceIDClient({
      region: 'us-east-1',
      endpoint: 'http://127.0.0.1:1',
      credentials: async () => {
        throw new CredentialsError('Secrets Manager did not give the access key. AccessDeniedException: No.');
      },
    });
    const input = inputSchema.parse(execution());
    expect(await pollEnrollment(input, { voiceId, settings, now: () => aws.clock.now })).toMatchObject({
      next: 'WAIT',
      trouble: expect.stringMatching(/^CredentialsError: Secrets Manager/),
    });
  });

  it('is over where Voice ID itself knows no such job', async () => {
    aws.fault = () => ({ error: 'ResourceNotFoundException', status: 400, message: 'No.' });
    expect(await look()).toMatchObject({
      next: 'END',
      outcome: { status: 'FAILED', failureDetails: { message: 'ResourceNotFoundException: No.', statusCode: 400 } },
    });
  });
});
