import { beforeEach, describe, expect, it } from 'vitest';
import { readSettings, schemas } from '../../functions/enrollment/settings.ts';
import { inputSchema, retryWait, startJob } from '../../functions/start-job/start-job.ts';
import { DOMAIN, execution } from './data.ts';
import { type FakeAws, type Fault, fakeAws } from './fake-aws.ts';

const settings = readSettings(schemas.startJob, {});
const FULL = { error: 'ServiceQuotaExceededException', status: 400 };
let aws: FakeAws;
beforeEach(() => {
  aws = fakeAws();
});

const { job: _, ...waiting } = execution({
  request: {
    ClientToken: 'u'.repeat(43),
    JobName: 'june-uuuuuuuu',
    DomainId: DOMAIN,
    DataAccessRoleArn: 'arn:aws:iam::123456789012:role/data-access',
    InputDataConfig: { S3Uri: 's3://vivavoce-results/calls/june/uuuuuuuuuuuu/june.json' },
    OutputDataConfig: { S3Uri: 's3://vivavoce-results/calls/june/uuuuuuuuuuuu' },
  },
});
const attempt = (start?: object, random = 0) =>
  startJob(inputSchema.parse({ ...waiting, ...(start && { start }) }), {
    voiceId: aws.voiceId,
    settings,
    now: () => aws.clock.now,
    random: () => random,
  });

describe('a later start', () => {
  it('starts the job with the token that it had from the beginning', async () => {
    expect(await attempt()).toEqual({
      next: 'STARTED',
      job: { jobId: aws.jobs[0]?.id, createdAt: '2026-06-01T00:00:00.000Z' },
      since: aws.clock.now / 1000,
    });
    expect(aws.jobs[0]?.token).toBe('u'.repeat(43));
  });

  it('finds the job that a lost answer left', async () => {
    aws.fault = () => 'lost after';
    expect(await attempt()).toMatchObject({ next: 'WAIT' });
    aws.fault = () => undefined;
    expect(await attempt()).toMatchObject({ next: 'STARTED', job: { jobId: aws.jobs[0]?.id } });
    expect(aws.jobs).toHaveLength(1);
  });

  it('waits twice as long each time, up to 15 minutes, until it is given up', async () => {
    aws.fault = () => FULL;
    const waits: number[] = [];
    let result = await attempt();
    while (result.next === 'WAIT') {
      waits.push(result.waitSeconds);
      aws.clock.now += result.waitSeconds * 1000;
      result = await attempt(result);
    }
    expect(waits.slice(0, 7)).toEqual([30, 60, 120, 240, 480, 900, 900]);
    const waited = waits.reduce((sum, wait) => sum + wait, 0);
    expect(waited).toBeLessThanOrEqual(604_800);
    expect(waited).toBeGreaterThan(604_800 - 900);
    expect(result).toMatchObject({ next: 'END', outcome: { status: 'FAILED' } });
    expect(result).toHaveProperty(
      'outcome.failureDetails.message',
      expect.stringMatching(/could not be started in \d+ tries .*ServiceQuotaExceededException/),
    );
  });

  it('ends at once where no later start can help', async () => {
    aws.fault = () => ({ error: 'AccessDeniedException', status: 400, message: 'No.' });
    expect(await attempt()).toMatchObject({
      next: 'END',
      outcome: { status: 'FAILED', failureDetails: { message: 'AccessDeniedException: No.', statusCode: 400 } },
    });
  });

  it.each<Fault>([
    { error: 'UnrecognizedClientException', status: 403 },
    { answer: { status: 403, headers: {}, body: '<html>Forbidden</html>' } },
    { answer: { status: 200, headers: {}, body: '{"Job":{"JobId":' } },
  ])('is tried again where it was not Voice ID that refused: %j', async (fault) => {
    aws.fault = () => fault;
    expect(await attempt()).toMatchObject({ next: 'WAIT' });
  });

  it.each([
    [1, 30, 0, 30],
    [1, 30, 1, 15],
    [3, 30, 0.5, 90],
    [1, 1, 1, 1],
    [50, 1, 0, 900],
    [5, 3600, 0, 3600],
  ])('waits after try %i, at first %i s, with luck of %f, %i s', (attempts, first, random, expected) => {
    expect(retryWait(attempts, first, random)).toBe(expected);
  });
});
