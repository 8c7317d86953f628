import { beforeEach, describe, expect, it } from 'vitest';
import { readSettings, schemas } from '../../functions/enrollment/settings.ts';
import { inputSchema, type PollResult, pollEnrollment } from '../../functions/poll-enrollment/poll-enrollment.ts';
import { DOMAIN, execution } from './data.ts';
import { type FakeAws, type FakeJob, fakeAws } from './fake-aws.ts';

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

  it('counts the deadline from the first that saw it running', async () => {
    let result = await lookOn(3 * 86_400);
    expect(result.next).toBe('WAIT');
    job.status = 'IN_PROGRESS';
    const started = aws.clock.now;
    result = await lookOn(10 * 86_400, result);
    expect(result).toMatchObject({ next: 'END', outcome: { status: 'TIMED_OUT' } });
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
    expect(result).toMatchObject({ next: 'END', outcome: { status: 'TIMED_OUT' } });
    expect((aws.clock.now - Date.parse('2026-06-01')) / 1000).toBeLessThanOrEqual(86_400 + 300);
  });

  it.each(['ResourceNotFoundException', 'AccessDeniedException', 'ValidationException'])(
    'that answers %s ends the upload, by that name',
    async (error) => {
      aws.fault = () => ({ error, status: 400, message: 'No.' });
      expect(await look()).toMatchObject({
        next: 'END',
        outcome: { status: 'FAILED', failureDetails: { message: `${error}: No.`, statusCode: 400 } },
      });
    },
  );
});
