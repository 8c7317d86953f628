import { beforeEach, describe, expect, it } from 'vitest';
import { clientToken } from '../../functions/enrollment/client-token.ts';
import { CredentialsError } from '../../functions/enrollment/errors.ts';
import { executionSchema } from '../../functions/enrollment/execution.ts';
import { MAX_MANIFEST_BYTES } from '../../functions/enrollment/manifest.ts';
import type { Upload } from '../../functions/enrollment/upload.ts';
import { startEnrollment } from '../../functions/start-enrollment/start-enrollment.ts';
import { manifest, settings, upload } from './data.ts';
import { type FakeAws, type Fault, fakeAws } from './fake-aws.ts';

let aws: FakeAws;
beforeEach(() => {
  aws = fakeAws();
});

const start = (of: Upload) => startEnrollment(of, { ...aws, settings, now: () => aws.clock.now });
const handedOff = (of: Upload) => executionSchema.parse(JSON.parse(aws.executions.get(clientToken(of))?.input ?? ''));
const dropped = (body: string | Uint8Array, metadata = {}) => {
  const { versionId } = aws.put('vivavoce-manifests', 'calls/june.json', body, metadata);
  return upload({ version: versionId, versionId });
};
const failing = (call: string, fault: Fault, times = 1) => {
  let left = times;
  aws.fault = (name) => (name.startsWith(call) && left-- > 0 ? fault : undefined);
};

describe('an upload', () => {
  it('becomes a job of its validated copy, and an execution', async () => {
    const of = dropped(`\ufeff${JSON.stringify({ ...manifest(), Note: 'of ours' })}`);
    expect(await start(of)).toEqual({ uploadId: clientToken(of), handedOff: 'STARTED' });
    const { job, output, requested, request, outcome } = handedOff(of);
    expect({ job: job?.jobId, requested, request, outcome }).toEqual({ job: aws.jobs[0]?.id, requested: 2 });
    const copy = `${output.folder}/${output.fileName}`;
    expect(aws.jobs[0]?.request).toMatchObject({
      ClientToken: clientToken(of),
      InputDataConfig: { S3Uri: `s3://vivavoce-results/${copy}` },
      OutputDataConfig: { S3Uri: `s3://vivavoce-results/${output.folder}` },
    });
    expect(JSON.parse(aws.text('vivavoce-results', copy))).toEqual(manifest());
  });

  it('is one job and one execution, however often it is delivered', async () => {
    const of = dropped(JSON.stringify(manifest()));
    await Promise.all([start(of), start(of), start(of)]);
    await start(of);
    expect(aws.jobs).toHaveLength(1);
    expect([...aws.executions.keys()]).toEqual([clientToken(of)]);
  });

  it('that ended as failed starts no job when it is delivered once more, whatever has changed meanwhile', async () => {
    const of = dropped(JSON.stringify(manifest()));
    failing('StartSpeakerEnrollmentJob', { error: 'ValidationException', status: 400 });
    expect(await start(of)).toMatchObject({ handedOff: 'FAILED' });
    expect(await start(of)).toEqual({ uploadId: clientToken(of), handedOff: 'BEFORE' });
    expect(aws.jobs).toEqual([]);
    expect(handedOff(of).outcome).toMatchObject({ status: 'FAILED' });
  });

  it('is another one when the same file is uploaded again', async () => {
    await start(dropped(JSON.stringify(manifest())));
    await start(dropped(JSON.stringify(manifest())));
    expect(aws.jobs).toHaveLength(2);
    expect(new Set(aws.jobs.map((job) => job.request.OutputDataConfig.S3Uri)).size).toBe(2);
    expect(aws.executions.size).toBe(2);
  });

  it('is read as the version that was uploaded', async () => {
    const of = dropped(JSON.stringify(manifest(1)));
    dropped(JSON.stringify(manifest(3)));
    await start(of);
    expect(handedOff(of).requested).toBe(1);
  });

  it('takes its own choices from its metadata', async () => {
    const own = { 'domain-id': 'otherDomain00000000001', 'risk-threshold': '35' };
    const of = dropped(JSON.stringify(manifest()), own);
    await start(of);
    expect(handedOff(of).domainId).toBe('otherDomain00000000001');
    expect(aws.jobs[0]?.request.DomainId).toBe('otherDomain00000000001');
  });
});

describe('a crash or a lost answer', () => {
  const points = [
    'GetObject vivavoce-manifests',
    'PutObject vivavoce-results',
    'StartSpeakerEnrollmentJob',
    'StartExecution',
  ];
  it.each(points.flatMap((call) => [[call, 'lost before'] as const, [call, 'lost after'] as const]))(
    'at %s, %s, is repaired by the next delivery',
    async (call, fault) => {
      const of = dropped(JSON.stringify(manifest()));
      failing(call, fault);
      await start(of).catch(() => undefined);
      await start(of);
      expect([...aws.executions.keys()]).toEqual([clientToken(of)]);
      expect(aws.jobs.length).toBeLessThanOrEqual(1);
      // The job, or the request that the execution goes on with, under the same token.
      const { job, request } = handedOff(of);
      if (request === undefined) expect(job?.jobId).toBe(aws.jobs[0]?.id);
      expect(request?.ClientToken ?? aws.jobs[0]?.token).toBe(clientToken(of));
    },
  );

  it('does not lose an upload that was deleted after its copy was kept', async () => {
    const of = dropped(JSON.stringify(manifest()));
    failing('StartExecution', 'lost before');
    await expect(start(of)).rejects.toThrow();
    aws.objects.delete('vivavoce-manifests/calls/june.json');
    expect((await start(of)).handedOff).toBe('STARTED');
    expect(aws.jobs).toHaveLength(1);
  });

  it('finds its job again when the defaults were changed meanwhile', async () => {
    for (let other = 0; other < 3; other++) {
      aws.put('vivavoce-manifests', `other/${other}.json`, JSON.stringify(manifest()));
      await start(upload({ key: `other/${other}.json` }));
    }
    const of = dropped(JSON.stringify(manifest()));
    failing('StartExecution', 'lost before');
    await expect(start(of)).rejects.toThrow();
    const changed = { ...settings, OUTPUT_KMS_KEY_ID: 'alias/new' };
    await startEnrollment(of, { ...aws, settings: changed, now: () => aws.clock.now });
    expect(handedOff(of).job?.jobId).toBe(aws.jobs[3]?.id);
    expect(aws.jobs).toHaveLength(4);
  });
});

describe('a job that can not be started', () => {
  it.each([
    ['ServiceQuotaExceededException', 400],
    ['ThrottlingException', 400],
    ['ConflictException', 400],
    ['InternalServerException', 500],
    ['ServiceUnavailable', 503],
    ['TooManyRequests', 429],
  ])('now, for %s, is left to the state machine', async (error, status) => {
    const of = dropped(JSON.stringify(manifest()));
    failing('StartSpeakerEnrollmentJob', { error, status });
    expect((await start(of)).handedOff).toBe('WAITING');
    const { job, request, outcome } = handedOff(of);
    expect({ job, outcome, token: request?.ClientToken }).toEqual({ token: clientToken(of) });
  });

  it.each([
    ['ValidationException', 400],
    ['AccessDeniedException', 400],
    ['ResourceNotFoundException', 400],
  ])('ever, for %s, ends in a failure that names it', async (error, status) => {
    const of = dropped(JSON.stringify(manifest()));
    failing('StartSpeakerEnrollmentJob', { error, status, message: 'No.' });
    expect((await start(of)).handedOff).toBe('FAILED');
    expect(handedOff(of).outcome).toMatchObject({
      status: 'FAILED',
      failureDetails: { message: `${error}: No.`, statusCode: status },
    });
  });
});

describe('an answer to the start that is not Voice ID’s', () => {
  it.each<Fault>([
    { answer: { status: 403, headers: { 'content-type': 'text/html' }, body: '<html>Forbidden</html>' } },
    { answer: { status: 400, headers: { 'x-amzn-errortype': 'AccessDeniedException' }, body: '{"message":"No."}' } },
    { answer: { status: 200, headers: { 'content-length': '500' }, body: '{"Job":{"JobId":' } },
  ])('is tried again by the state machine: %j', async (fault) => {
    const of = dropped(JSON.stringify(manifest()));
    failing('StartSpeakerEnrollmentJob', fault);
    expect((await start(of)).handedOff).toBe('WAITING');
  });
});

it.each(['UnrecognizedClientException', 'InvalidSignatureException'])(
  'leaves an upload whose signature is refused, by %s, to its queue',
  async (error) => {
    const of = dropped(JSON.stringify(manifest()));
    failing('StartSpeakerEnrollmentJob', { error, status: 403 });
    await expect(start(of)).rejects.toThrow(CredentialsError);
    expect(aws.executions.size).toBe(0);
    expect((await start(of)).handedOff).toBe('STARTED');
  },
);

describe('a rejected upload', () => {
  it('starts no job; its problems are in the results bucket and, the first 20, handed over', async () => {
    const of = dropped(JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests: Array(30).fill({}) }), {
      'risk-threshold': '101',
    });
    expect((await start(of)).handedOff).toBe('REJECTED');
    expect(aws.jobs).toEqual([]);
    const { outcome, output } = handedOff(of);
    expect(outcome).toMatchObject({ status: 'REJECTED', problemCount: 91 });
    expect(outcome?.problems).toHaveLength(20);
    expect(outcome?.problems?.[0]?.path).toBe('x-amz-meta-risk-threshold');
    expect(outcome?.rejectedS3Uri).toBe(`s3://vivavoce-results/${output.folder}/rejected.json`);
    const kept = JSON.parse(aws.text('vivavoce-results', `${output.folder}/rejected.json`));
    expect(kept).toMatchObject({ uploadId: clientToken(of), problemCount: 91 });
    expect(kept.problems).toHaveLength(91);
    // What was found is for the one who mends it, and for nobody on the bus.
    expect(kept.problems[0]?.message).toMatch(/^Found "101", expected a whole number/);
    expect(outcome?.problems?.[0]?.message).toBe('Expected a whole number from 0 to 100.');
  });

  it('says that it was overwritten', async () => {
    const first = aws.put('vivavoce-manifests', 'calls/june.json', JSON.stringify(manifest(1)));
    aws.put('vivavoce-manifests', 'calls/june.json', JSON.stringify(manifest(2)));
    const of: Upload = { bucket: 'vivavoce-manifests', key: 'calls/june.json', version: '0055', eTag: first.eTag };
    await start(of);
    expect(handedOff(of).outcome?.problems?.[0]?.message).toMatch(/not overwritten since/);
    expect(aws.jobs).toEqual([]);
  });

  it.each([upload(), upload({ versionId: 'v9', version: 'v9' })])('says that it was deleted', async (of) => {
    if (of.versionId === 'v9') dropped(JSON.stringify(manifest()));
    await start(of);
    expect(handedOff(of).outcome?.problems?.[0]?.message).toMatch(/not deleted since/);
    expect(aws.jobs).toEqual([]);
  });

  it('is not read where it is too large', async () => {
    const of = dropped(new Uint8Array(MAX_MANIFEST_BYTES + 1));
    await start(of);
    expect(handedOff(of).outcome?.problems).toEqual([
      { path: '$', message: expect.stringMatching(/Expected at most 67108864 bytes/) },
    ]);
  });

  it('is rejected once, however often it is delivered', async () => {
    const of = dropped('{');
    await Promise.all([start(of), start(of)]);
    expect(aws.executions.size).toBe(1);
  });
});

it('leaves an upload that it may not read to its queue', async () => {
  const of = dropped(JSON.stringify(manifest()));
  failing('GetObject vivavoce-manifests', { error: 'AccessDenied', status: 403 });
  await expect(start(of)).rejects.toThrow(/AccessDenied/);
  expect(aws.executions.size).toBe(0);
});
