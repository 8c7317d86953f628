import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { readSettings } from '../../../engine/settings.ts';
import { createStore, type Store } from '../../../engine/store/store.ts';
import { type Aws, ENCRYPTION_KEY, environment, secretAnswer, startAws } from './aws.ts';

const accessKey = { accessKeyId: 'key', secretAccessKey: 'secret' };
let aws: Aws;
let store: Store;
let handler: (event: unknown) => Promise<void>;
/** What CloudFormation was told, and how. */
const told: { method: string | undefined; headers: IncomingHttpHeaders; body: unknown }[] = [];
const cloudFormation = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  told.push({
    method: request.method,
    headers: request.headers,
    body: JSON.parse(Buffer.concat(chunks).toString()),
  });
  response.writeHead(request.url === '/expired' ? 403 : 200).end();
});
let responseUrl: string;
/** How many calls are refused yet: the function's role is a second old. */
let refusals = 0;

beforeAll(async () => {
  aws = await startAws((asked) =>
    refusals-- > 0
      ? { status: 400, body: '{"__type":"AccessDeniedException","message":"not authorized to perform this action"}' }
      : secretAnswer(asked, { current: accessKey }),
  );
  for (const [name, value] of Object.entries(environment(aws.origin))) vi.stubEnv(name, value);
  const settings = readSettings({
    ...process.env,
    VIVAVOCE_CREDENTIALS: 'key:secret',
    VIVAVOCE_ENCRYPTION_KEY: ENCRYPTION_KEY,
  });
  store = createStore(new DynamoDBClient({}), settings);
  await store.table.create();
  ({ handler } = await import('../../../engine/lambda/handlers/make-domain.ts'));
  await new Promise<void>((done) => void cloudFormation.listen(0, '127.0.0.1', () => done()));
  responseUrl = `http://127.0.0.1:${(cloudFormation.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await aws.stop();
  cloudFormation.closeAllConnections();
  await new Promise((done) => cloudFormation.close(done));
  vi.unstubAllEnvs();
});
beforeEach(() => {
  told.length = 0;
});

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html */
const request = (changes: object) => ({
  RequestType: 'Create',
  ServiceToken: 'arn:aws:lambda:us-east-1:123456789012:function:make-domain',
  ResponseURL: `${responseUrl}/answer?X-Amz-Signature=1`,
  StackId: 'arn:aws:cloudformation:us-east-1:123456789012:stack/vivavoce/1',
  RequestId: '6b1f1f43-8a5c-4f39-b1a3-2f4f4f0b5d1e',
  ResourceType: 'Custom::VoiceIdDomain',
  LogicalResourceId: 'Domain',
  ResourceProperties: { ServiceToken: 'arn', ServiceTimeout: '120', Name: 'vivavoce-dev', KmsKeyId: 'arn:key' },
  ...changes,
});
const domainIds = async () => (await store.domains.list(10)).domains.map(({ domainId }) => domainId);

test('a stack that is created gets a domain, however often CloudFormation asks; one that is deleted leaves it', async () => {
  await handler(request({}));
  const ids = await domainIds();
  expect(ids).toHaveLength(1);
  const [DomainId] = ids;
  const success = {
    Status: 'SUCCESS',
    PhysicalResourceId: DomainId,
    Data: { DomainId },
    StackId: request({}).StackId,
    RequestId: request({}).RequestId,
    LogicalResourceId: 'Domain',
  };
  expect(told).toMatchObject([{ method: 'PUT', body: success }]);
  // The answer goes to a presigned S3 URL, whose signature may cover the content type: none.
  expect(told[0]?.headers).not.toHaveProperty('content-type');

  await handler(request({}));
  await handler(request({ RequestType: 'Update', PhysicalResourceId: DomainId }));
  await handler(request({ RequestType: 'Delete', PhysicalResourceId: DomainId }));
  expect(told.map(({ body }) => body)).toMatchObject(Array(4).fill(success));
  expect(await domainIds()).toEqual(ids);
});

test('a role that is not known everywhere yet is waited for', async () => {
  const before = await domainIds();
  refusals = 1;
  await handler(request({ RequestId: 'new-role' }));
  expect(told).toMatchObject([{ body: { Status: 'SUCCESS' } }]);
  expect(await domainIds()).toHaveLength(before.length + 1);
});

test('a domain that can’t be made fails the stack with the reason, and its rollback succeeds', async () => {
  const before = await domainIds();
  const ResourceProperties = { Name: 'vivavoce-dev', KmsKeyId: 'arn:key' };
  for (const RequestId of ['third']) await handler(request({ RequestId, ResourceProperties }));
  await handler(request({ RequestId: 'fourth', ResourceProperties }));
  expect(told.at(-1)?.body).toMatchObject({
    Status: 'FAILED',
    Reason: expect.stringContaining('ServiceQuotaExceededException'),
  });
  const { PhysicalResourceId } = z.object({ PhysicalResourceId: z.string().min(1) }).parse(told.at(-1)?.body);
  await handler(request({ RequestType: 'Delete', PhysicalResourceId }));
  expect(told.at(-1)?.body).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId });
  expect(await domainIds()).toHaveLength(before.length + 1);
});

test('an answer that CloudFormation does not take fails the call, which Lambda then repeats', async () => {
  await expect(
    handler(request({ RequestType: 'Delete', PhysicalResourceId: 'x', ResponseURL: `${responseUrl}/expired` })),
  ).rejects.toThrow('403');
});
