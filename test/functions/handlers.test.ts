import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientToken } from '../../functions/enrollment/client-token.ts';
import { outcome } from '../../functions/enrollment/execution.ts';
import { metricOf, SERVICE, SPEAKERS_ENROLLED, TIME_TO_ENROLL } from '../../functions/enrollment/metrics.ts';
import { uploadsOf } from '../../functions/enrollment/upload.ts';
import { ENVIRONMENT, execution, manifest, STATE_MACHINE } from './data.ts';
import { type FakeAws, fakeAws } from './fake-aws.ts';
import { invokeFunction } from './process.ts';

let aws: FakeAws;
let server: Awaited<ReturnType<FakeAws['serve']>>;
beforeEach(async () => {
  aws = fakeAws();
  server = await aws.serve();
});
afterEach(() => server.close());

const invoke = (name: string, events: unknown[], env: Record<string, string> = {}) =>
  invokeFunction(server.origin, name, events, env);

const created = (key: string, versionId: string) => ({
  source: 'aws.s3',
  'detail-type': 'Object Created',
  detail: {
    bucket: { name: 'vivavoce-manifests' },
    object: { key, 'version-id': versionId, etag: 'e', sequencer: '1' },
  },
});
const notified = (key: string, versionId: string) => ({
  Records: [
    {
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: 'vivavoce-manifests' }, object: { key: encodeURIComponent(key), versionId } },
    },
  ],
});
const batch = (...bodies: unknown[]) => ({
  Records: bodies.map((body, index) => ({
    messageId: `message-${index}`,
    receiptHandle: 'handle',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: {
      ApproximateReceiveCount: '1',
      ApproximateFirstReceiveTimestamp: '1780272000000',
      SenderId: 'AIDA',
      SentTimestamp: '1780272000000',
    },
    messageAttributes: {},
    md5OfBody: 'd41d8cd98f00b204e9800998ecf8427e',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:uploads',
    awsRegion: 'us-east-1',
  })),
});
const tokenOf = (event: unknown) => clientToken(uploadsOf(event)[0] ?? { bucket: '', key: '', version: '' });

describe('start-enrollment', () => {
  it('takes every shape, bare or in a batch; of a batch only what failed is reported', async () => {
    const text = JSON.stringify(manifest());
    for (const key of ['a.json', 'b c.json', 'd.json', 'denied.json']) aws.put('vivavoce-manifests', key, text);
    aws.fault = (call) => (call.endsWith('denied.json') ? { error: 'AccessDenied', status: 403 } : undefined);
    const { answers, logged, output } = await invoke('start-enrollment', [
      created('a.json', 'v1'),
      notified('b c.json', 'v1'),
      batch(
        created('denied.json', 'v1'),
        created('a.json', 'v1'),
        notified('d.json', 'v1'),
        'not JSON speaker-00001',
        { Service: 'Amazon S3', Event: 's3:TestEvent' },
        { hello: 'speaker-00001' },
      ),
      batch(created('denied.json', 'v1')),
    ]);
    const failures = ['message-0', 'message-3', 'message-5'].map((itemIdentifier) => ({ itemIdentifier }));
    expect(answers).toEqual([
      {},
      {},
      { result: { batchItemFailures: failures } },
      { result: { batchItemFailures: [{ itemIdentifier: 'message-0' }] } },
    ]);
    expect(aws.jobs).toHaveLength(3);
    expect(aws.executions.size).toBe(3);
    // Every line about an upload carries its id, and none what was read.
    const handedOff = logged.filter(({ message }) => message === 'Upload handed off');
    expect(handedOff.map(({ correlation_id }) => correlation_id)).toEqual(
      ['a.json', 'b c.json', 'a.json', 'd.json'].map((key) => tokenOf(created(key, 'v1'))),
    );
    const failed = logged.filter(({ message }) => message === 'Upload not handed off');
    expect(failed.map(({ correlation_id }) => correlation_id)).toEqual(
      Array(2).fill(tokenOf(created('denied.json', 'v1'))),
    );
    expect(output).not.toContain('speaker-0');
  });

  it('refuses what it does not know, by name', async () => {
    const { answers } = await invoke('start-enrollment', [{ hello: 'world' }, null, { Records: [] }, 'text']);
    expect(answers).toEqual(Array(4).fill({ error: 'UnrecognizedEventError' }));
  });

  it('does not start without its settings', async () => {
    await expect(invoke('start-enrollment', [], { VOICE_ID_DOMAIN_ID: '' })).rejects.toThrow(
      /SettingsError.*VOICE_ID_DOMAIN_ID is missing/s,
    );
  });
});

describe('the state machine’s functions', () => {
  it('poll, and log the upload’s id', async () => {
    const { answers, logged } = await invoke('poll-enrollment', [execution(), { uploadId: 'x' }]);
    expect(answers).toMatchObject([
      { result: { next: 'END', outcome: { status: 'FAILED' } } },
      { error: expect.stringMatching(/ZodError|\$ZodError/) },
    ]);
    expect(logged[0]).toMatchObject({ correlation_id: 'u'.repeat(43) });
  });

  it('start jobs with the access key in the secret, where one is named', async () => {
    const { job: _, ...waiting } = execution({
      request: {
        ClientToken: 'u'.repeat(43),
        JobName: 'june',
        DomainId: ENVIRONMENT.VOICE_ID_DOMAIN_ID,
        DataAccessRoleArn: ENVIRONMENT.DATA_ACCESS_ROLE_ARN,
        InputDataConfig: { S3Uri: 's3://vivavoce-results/june.json' },
        OutputDataConfig: { S3Uri: 's3://vivavoce-results/june' },
      },
    });
    const env = { VOICE_ID_CREDENTIALS_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:engine' };
    aws.secret = JSON.stringify({ accessKeyId: 'ENGINEKEY', secretAccessKey: 'engine-secret' });
    const { answers } = await invoke('start-job', [waiting], env);
    expect(answers).toMatchObject([{ result: { next: 'STARTED', job: { jobId: aws.jobs[0]?.id } } }]);
    expect(aws.signedBy).toEqual({ GetSecretValue: 'test', StartSpeakerEnrollmentJob: 'ENGINEKEY' });

    aws.secret = '{"user": "x"}';
    const malformed = await invoke('start-job', [waiting], env);
    expect(malformed.answers).toMatchObject([{ result: { next: 'WAIT' } }]);
    expect(malformed.output).not.toContain('"user"');
  });

  it.each(['AccessDeniedException', 'ResourceNotFoundException'])(
    'leave an upload to its queue where Secrets Manager says %s, which Voice ID says as well',
    async (error) => {
      aws.put('vivavoce-manifests', 'a.json', JSON.stringify(manifest()));
      aws.fault = (call) => (call === 'GetSecretValue' ? { error, status: 400 } : undefined);
      const { answers, logged } = await invoke('start-enrollment', [batch(created('a.json', 'v1'))], {
        VOICE_ID_CREDENTIALS_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:engine',
      });
      expect(answers).toEqual([{ result: { batchItemFailures: [{ itemIdentifier: 'message-0' }] } }]);
      expect(aws.executions.size).toBe(0);
      expect(JSON.stringify(logged)).toContain(
        `CredentialsError: Secrets Manager did not give the access key. ${error}`,
      );
    },
  );

  it('summarize, and measure', async () => {
    const ended = { ...execution(), outcome: outcome('COMPLETED', { endedAt: '2026-06-01T00:01:00.000Z' }) };
    aws.put(
      'vivavoce-results',
      `${ended.output.folder}/${ended.job?.jobId}/june.json.out`,
      JSON.stringify({
        Version: '1.0',
        Errors: [],
        SuccessfulEnrollments: [
          { RequestId: 'r', CustomerSpeakerId: 'speaker-00001', EnrollmentStatus: 'NEW_ENROLLMENT' },
        ],
      }),
    );
    const { answers, logged, output } = await invoke(
      'summarize-enrollment',
      [{ execution: ended, executionArn: 'arn' }],
      { POWERTOOLS_METRICS_NAMESPACE: 'vivavoce-prod' },
    );
    expect(answers).toMatchObject([{ result: { detailType: 'Speaker Enrollment Job Completed' } }]);
    const emitted = logged.find((entry) => '_aws' in entry);
    expect(emitted).toMatchObject({
      service: SERVICE,
      [metricOf.COMPLETED]: 1,
      [SPEAKERS_ENROLLED]: 1,
      [TIME_TO_ENROLL]: 60,
      _aws: { CloudWatchMetrics: [{ Namespace: 'vivavoce-prod', Dimensions: [['service']] }] },
    });
    expect(output).not.toContain('speaker-0');
  });

  it('give an execution that died its ending', async () => {
    const id = 'u'.repeat(43);
    const detail = {
      executionArn: `arn:execution:${id}`,
      stateMachineArn: STATE_MACHINE,
      name: id,
      status: 'ABORTED',
      input: JSON.stringify(execution()),
    };
    const event = { source: 'aws.states', 'detail-type': 'Step Functions Execution Status Change', detail };
    const { answers } = await invoke('summarize-enrollment', [event, event]);
    expect(answers).toEqual([{}, {}]);
    expect([...aws.executions.keys()]).toEqual([`${id}-ended`]);
  });
});
