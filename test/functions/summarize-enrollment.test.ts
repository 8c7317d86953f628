import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Execution, type Outcome, outcome } from '../../functions/enrollment/execution.ts';
import { readManifest } from '../../functions/enrollment/manifest.ts';
import { inputSchema, summarizeEnrollment } from '../../functions/summarize-enrollment/summarize-enrollment.ts';
import { execution, manifest, request } from './data.ts';
import { detailSchema } from './event-schemas.ts';
import { type FakeAws, fakeAws } from './fake-aws.ts';

const FOLDER = 'calls/june/uuuuuuuuuuuu';
const JOB = `${FOLDER}/job0000000000000000001`;
let aws: FakeAws;
beforeEach(() => {
  aws = fakeAws();
});

const keep = (value: object) => aws.put('vivavoce-results', `${FOLDER}/june.json`, JSON.stringify(value));
const out = (value: unknown) => aws.put('vivavoce-results', `${JOB}/june.json.out`, JSON.stringify(value));
const success = (index: number, EnrollmentStatus = 'NEW_ENROLLMENT') => ({
  RequestId: `request-${index}`,
  GeneratedSpeakerId: `id#${index}`,
  CustomerSpeakerId: `speaker-${String(index).padStart(5, '0')}`,
  EnrollmentStatus,
});
const error = (index: number, ErrorMessage = 'Found silence.') => ({
  RequestId: `request-${index}`,
  ErrorCode: 400,
  ErrorMessage,
});

/** Ends an upload; every ending is held to its published schema. */
async function end(ended: Outcome, more: Partial<Execution> = {}) {
  const input = inputSchema.parse({
    execution: { ...execution(more), outcome: ended },
    executionArn: 'arn:aws:states:us-east-1:123456789012:execution:vivavoce-enrollment:u',
  });
  const ending = await summarizeEnrollment(input, { s3: aws.s3, now: () => new Date(aws.clock.now) });
  const { data, error: problem } = detailSchema(ending.detailType).safeParse(JSON.parse(JSON.stringify(ending.detail)));
  expect(problem?.issues).toBeUndefined();
  expect(data).toEqual(JSON.parse(JSON.stringify(ending.detail)));
  return ending;
}

describe('an ending', () => {
  it('of a job without errors is in its event and beside its output', async () => {
    keep(manifest(3));
    out({
      Version: '1.0',
      Errors: [],
      SuccessfulEnrollments: [success(0), success(1, 'ENROLLMENT_OVERWRITE'), success(2, 'DUPLICATE_SKIPPED')],
    });
    const { detailType, detail } = await end(outcome('COMPLETED', { endedAt: '2026-06-01T00:01:00.000Z' }), {
      requested: 3,
    });
    expect(detailType).toBe('Speaker Enrollment Job Completed');
    expect(detail).toEqual({
      version: '1',
      uploadId: 'u'.repeat(43),
      status: 'COMPLETED',
      domainId: 'dOmain0000000000000001',
      jobId: 'job0000000000000000001',
      manifest: { bucket: 'vivavoce-manifests', key: 'calls/june.json', versionId: 'v1' },
      output: {
        s3Uri: `s3://vivavoce-results/${JOB}/june.json.out`,
        summaryS3Uri: `s3://vivavoce-results/${JOB}/summary.json`,
      },
      counts: { requested: 3, enrolled: 1, overwritten: 1, skipped: 1, failed: 0, sameVoice: 0 },
      createdAt: '2026-06-01T00:00:00.000Z',
      endedAt: '2026-06-01T00:01:00.000Z',
      executionArn: 'arn:aws:states:us-east-1:123456789012:execution:vivavoce-enrollment:u',
    });
    expect(JSON.parse(aws.text('vivavoce-results', `${JOB}/summary.json`))).toEqual(detail);
    expect(aws.objects.has(`vivavoce-results/${JOB}/retry.json`)).toBe(false);
  });

  it('of a job with errors leaves a manifest of just those requests, ready to be dropped', async () => {
    keep(manifest(3));
    out({ Version: '1.0', Errors: [error(2), error(0)], SuccessfulEnrollments: [success(1)] });
    const { detail } = await end(outcome('COMPLETED_WITH_ERRORS'), { requested: 3 });
    expect(detail).toMatchObject({
      counts: { requested: 3, enrolled: 1, failed: 2 },
      errors: [
        { requestId: 'request-2', errorCode: 400, errorMessage: 'Found silence.' },
        { requestId: 'request-0', errorCode: 400, errorMessage: 'Found silence.' },
      ],
    });
    const retry = { Version: '1.0', SpeakerEnrollmentRequests: [request(0), request(2)] };
    expect(detail.output.retryManifestS3Uri).toBe(`s3://vivavoce-results/${JOB}/retry.json`);
    expect(readManifest(Buffer.from(aws.text('vivavoce-results', `${JOB}/retry.json`)))).toEqual({ manifest: retry });
  });

  it('of 10,000 errors lists twenty, or as many as 100 KB hold, and keeps all to be retried', async () => {
    keep(manifest(10_000));
    const message = '\u0001'.repeat(1000);
    out({ Version: '1.0', Errors: Array.from({ length: 10_000 }, (_, index) => error(index, message)) });
    const { detail } = await end(outcome('COMPLETED_WITH_ERRORS'), { requested: 10_000 });
    expect(detail.errors?.length).toBeGreaterThan(5);
    expect(detail.counts).toMatchObject({ requested: 10_000, failed: 10_000 });
    expect(Buffer.byteLength(JSON.stringify(detail))).toBeLessThan(100_000);
    const retry = readManifest(Buffer.from(aws.text('vivavoce-results', `${JOB}/retry.json`)));
    expect('manifest' in retry && retry.manifest.SpeakerEnrollmentRequests).toHaveLength(10_000);
  });

  it('is within 100 KB and its schema whatever the texts in it', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 3000, size: 'max' }),
      fc.constantFrom('\u0000'.repeat(5000), '\ud800'.repeat(5000), '😀'.repeat(5000), '"\\'.repeat(5000)),
    );
    const errors = fc.array(fc.record({ RequestId: text, ErrorCode: fc.constant(500), ErrorMessage: text }), {
      minLength: 1,
      maxLength: 25,
    });
    await fc.assert(
      fc.asyncProperty(errors, text, async (rows, message) => {
        keep(manifest(2));
        out({ Version: '1.0', Errors: rows });
        const { detail } = await end(outcome('FAILED', { failureDetails: { message } }));
        expect(Buffer.byteLength(JSON.stringify(detail))).toBeLessThan(100_000);
        expect(JSON.stringify(detail).isWellFormed()).toBe(true);
        expect(JSON.stringify(detail)).not.toMatch(/\\ud[89a-f]/i);
      }),
      { numRuns: 40 },
    );
  });

  it('has no speaker id in it, wherever the engine put one', async () => {
    keep({
      Version: '1.0',
      SpeakerEnrollmentRequests: [
        request(0, { SpeakerId: 'caller-0001', RequestId: 'enroll caller-0001' }),
        request(1, { SpeakerId: 'caller-0002' }),
      ],
    });
    out({
      Version: '1.0',
      Errors: [
        {
          RequestId: 'enroll caller-0001',
          ErrorCode: 400,
          ErrorMessage: 's3://calls/xcaller-0001x.wav is fraud, like caller-0002.',
        },
      ],
    });
    const ended = outcome('FAILED', { failureDetails: { message: 'Stopped at caller-0002.' } });
    const { detail } = await end(ended);
    expect(JSON.stringify(detail)).not.toMatch(/caller-000/);
    expect(detail.failureDetails?.message).toBe('Stopped at [speaker].');
    expect(detail.errors?.[0]).toEqual({
      requestId: 'enroll [speaker]',
      errorCode: 400,
      errorMessage: '[recording] is fraud, like [speaker].',
    });
    expect(aws.text('vivavoce-results', `${JOB}/summary.json`)).not.toMatch(/caller-000/);
  });

  it('counts the requests that share a voice, and its summary names them, without a speaker', async () => {
    keep({
      Version: '1.0',
      SpeakerEnrollmentRequests: [
        request(0, { SpeakerId: 'caller-0001', RequestId: 'enroll caller-0001' }),
        request(1),
        request(2),
        request(3),
      ],
    });
    out({
      Version: '1.0',
      Errors: [],
      SuccessfulEnrollments: [{ ...success(0), RequestId: 'enroll caller-0001' }, success(1), success(2), success(3)],
      SameVoice: [{ RequestIds: ['enroll caller-0001', 'request-2'] }, { RequestIds: ['request-3'] }],
    });
    const { detail } = await end(outcome('COMPLETED'), { requested: 4 });
    expect(detail.counts).toMatchObject({ enrolled: 4, sameVoice: 3 });
    expect(JSON.parse(aws.text('vivavoce-results', `${JOB}/summary.json`))).toEqual({
      ...detail,
      sameVoice: [['enroll [speaker]', 'request-2'], ['request-3']],
    });
  });

  it.each([
    ['is missing', undefined, /june\.json\.out is missing/],
    ['is no JSON', '{', /is not what an output file is/],
    ['is something else', '[]', /is not what an output file is/],
  ])('says that the output file %s', async (_, text, message) => {
    keep(manifest(2));
    if (text !== undefined) aws.put('vivavoce-results', `${JOB}/june.json.out`, text);
    const { detail } = await end(outcome('COMPLETED'));
    expect(detail.failureDetails?.message).toMatch(message);
    expect(detail.counts).toBeUndefined();
    expect(detail.output.s3Uri === undefined).toBe(text === undefined);
    expect(detail.output.summaryS3Uri).toBeDefined();
  });

  it('does without the manifest’s copy', async () => {
    out({ Version: '1.0', Errors: [error(0)], SuccessfulEnrollments: [success(1)] });
    const { detail } = await end(outcome('COMPLETED_WITH_ERRORS'));
    expect(detail.counts).toMatchObject({ requested: 2, failed: 1, enrolled: 1 });
    // Who is in them is not known.
    expect(detail.errors).toBeUndefined();
    expect(detail.output.retryManifestS3Uri).toBeUndefined();
  });

  it('takes a status of enrollment that it does not know', async () => {
    keep(manifest(2));
    out({ Version: '1.0', Errors: [], SuccessfulEnrollments: [success(0), success(1, 'MERGED')] });
    const { detail } = await end(outcome('COMPLETED'));
    expect(detail.counts).toEqual({ requested: 2, enrolled: 1, overwritten: 0, skipped: 0, failed: 0, sameVoice: 0 });
  });

  it('of a timed-out job has what the job had written by then', async () => {
    keep(manifest(2));
    const failureDetails = { message: 'The job had not ended.' };
    const { detailType, detail } = await end(outcome('TIMED_OUT', { failureDetails }));
    expect(detailType).toBe('Speaker Enrollment Job Timed Out');
    expect(detail).toMatchObject({ status: 'TIMED_OUT', failureDetails, jobId: 'job0000000000000000001' });
    expect(detail.output.s3Uri).toBeUndefined();
  });

  it('of a job that never started has its reason, whatever the bucket takes', async () => {
    const { job: _, ...unstarted } = execution();
    const ended = outcome('FAILED', { failureDetails: { message: 'AccessDeniedException: No.', statusCode: 400 } });
    const input = inputSchema.parse({ execution: { ...unstarted, outcome: ended }, executionArn: 'arn' });
    const deps = { s3: aws.s3, now: () => new Date(aws.clock.now) };
    const { detail } = await summarizeEnrollment(input, deps);
    expect(detailSchema('Speaker Enrollment Job Failed').safeParse(detail).success).toBe(true);
    expect(detail).toMatchObject({ endedAt: '2026-06-01T00:00:00.000Z', failureDetails: ended.failureDetails });
    expect(JSON.parse(aws.text('vivavoce-results', `${FOLDER}/no-job/summary.json`))).toEqual(detail);
    aws.fault = () => ({ error: 'AccessDenied', status: 403 });
    expect(await summarizeEnrollment(input, deps)).toMatchObject({ detail });
  });

  it('of a rejected manifest has its first twenty problems', async () => {
    const problems = Array.from({ length: 20 }, (_, index) => ({ path: `p[${index}]`, message: 'm'.repeat(2000) }));
    const rejectedS3Uri = `s3://vivavoce-results/${FOLDER}/rejected.json`;
    const { job: _, requested: __, ...rejected } = execution();
    const ended = outcome('REJECTED', { problemCount: 91, problems, rejectedS3Uri });
    const input = inputSchema.parse({ execution: { ...rejected, outcome: ended }, executionArn: 'arn' });
    const { detailType, detail } = await summarizeEnrollment(input, {
      s3: aws.s3,
      now: () => new Date(aws.clock.now),
    });
    expect(detailType).toBe('Speaker Enrollment Manifest Rejected');
    expect(detailSchema(detailType).safeParse(detail).error?.issues).toBeUndefined();
    expect(detail).toMatchObject({ problemCount: 91, output: { rejectedS3Uri } });
    expect(detail.problems).toHaveLength(20);
  });

  it.each([
    [{ Error: 'States.Timeout' }, 'States.Timeout.'],
    [{ Error: 'ZodError', Cause: '{"errorType":"ZodError","errorMessage":"Bad.","trace":["at"]}' }, 'ZodError: Bad.'],
    [{ Error: 'Lambda.Unknown', Cause: 'The runtime exited.' }, 'Lambda.Unknown: The runtime exited.'],
    [{ Error: 'X', Cause: null }, 'X.'],
  ])('of a step that failed with %j says why', async (caught, message) => {
    keep(manifest(2));
    const { detail } = await end({ ...outcome('FAILED'), error: caught });
    expect(detail.failureDetails).toEqual({ message });
  });
});

it('fails where the results bucket fails, to be tried again', async () => {
  aws.fault = (call) => (call.endsWith('summary.json') ? { error: 'SlowDown', status: 503 } : undefined);
  keep(manifest(2));
  await expect(end(outcome('COMPLETED'))).rejects.toThrow(/SlowDown/);
});
