import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readSettings } from '../../../engine/settings.ts';
import type { Job } from '../../../engine/store/jobs.ts';
import { createStore, type Store } from '../../../engine/store/store.ts';
import { type Asked, type Aws, ENCRYPTION_KEY, environment, secretAnswer, startAws } from './aws.ts';

let aws: Aws;
let store: Store;
let handler: (event: unknown) => Promise<void>;

function answer(asked: Asked) {
  if (asked.action === 'GetSecretValue')
    return secretAnswer(asked, { current: { accessKeyId: 'key', secretAccessKey: 'secret' } });
  if (asked.action === 'StartExecution') return { body: '{"executionArn":"arn","startDate":1779278400}' };
  if (asked.service === 's3' && asked.method === 'GET')
    return { status: 404, body: '<Error><Code>NoSuchKey</Code><Message>none</Message></Error>' };
  if (asked.service === 's3') return { status: 204, body: '' };
  return { body: '{"FailedEntryCount":0,"Entries":[]}' };
}

beforeAll(async () => {
  aws = await startAws(answer);
  for (const [name, value] of Object.entries(environment(aws.origin))) vi.stubEnv(name, value);
  const given = { VIVAVOCE_CREDENTIALS: 'key:secret', VIVAVOCE_ENCRYPTION_KEY: ENCRYPTION_KEY };
  store = createStore(new DynamoDBClient({}), readSettings({ ...process.env, ...given }));
  await store.table.create();
  ({ handler } = await import('../../../engine/lambda/handlers/merge-job.ts'));
});
afterAll(async () => {
  await aws.stop();
  vi.unstubAllEnvs();
});

const job = (jobId: string): Job => ({
  kind: 'ENROLLMENT',
  domainId: 'domain',
  jobId,
  jobName: undefined,
  status: 'IN_PROGRESS',
  dataAccessRoleArn: 'arn:aws:iam::123456789012:role/data-access',
  inputS3Uri: 's3://manifests/m.json',
  outputS3Uri: 's3://results/out',
  outputKmsKeyId: undefined,
  config: undefined,
  watchlistIds: [],
  percentComplete: 0,
  told: true,
  createdAt: 0,
});
const statusOf = async (jobId: string) => (await store.jobs.get('ENROLLMENT', 'domain', jobId))?.job.status;

/** What EventBridge tells of an execution. */
const died = (input: object) => ({
  source: 'aws.states',
  'detail-type': 'Step Functions Execution Status Change',
  detail: { status: 'FAILED', stateMachineArn: 'arn:machine', input: JSON.stringify(input) },
});

test('a job whose execution died ends, and the domain’s next one begins; a batch that died ends nothing', async () => {
  for (const jobId of ['first', 'second']) {
    await store.jobs.submit(job(jobId));
  }
  const ref = { kind: 'ENROLLMENT', domainId: 'domain', jobId: 'first' };
  await handler(died({ job: ref, batch: { from: 0, to: 9 } }));
  expect(await statusOf('first')).toBe('IN_PROGRESS');
  expect(aws.asked).toEqual([]);

  await handler(died(ref));
  expect(await statusOf('first')).toBe('FAILED');
  const started = aws.asked
    .filter(({ action }) => action === 'StartExecution')
    .map(({ body }) => JSON.parse(body).name);
  expect(started).toEqual(['ENROLLMENT-domain-second']);
  const told = aws.asked.filter(({ action }) => action === 'PutEvents').map(({ body }) => JSON.parse(body).Entries[0]);
  expect(told).toMatchObject([{ EventBusName: 'bus', Source: 'vivavoce.voiceid' }]);

  // EventBridge tells at least once.
  await handler(died(ref));
  expect(await statusOf('first')).toBe('FAILED');
});
