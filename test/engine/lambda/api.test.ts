import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateDomainCommand,
  DescribeDomainCommand,
  DescribeSpeakerEnrollmentJobCommand,
  ListDomainsCommand,
  StartSpeakerEnrollmentJobCommand,
  VoiceIDClient,
} from '@aws-sdk/client-voice-id';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Table } from '../../../engine/store/table.ts';
import { ROLE } from '../harness.ts';
import { type ApiEvent, type ApiGateway, type ApiHandler, startApiGateway } from './api-gateway.ts';
import { type Asked, type Aws, ENCRYPTION_KEY, environment, secretAnswer, startAws } from './aws.ts';

const current = { accessKeyId: 'rotated', secretAccessKey: 'rotated-secret' };
const previous = { accessKeyId: 'before', secretAccessKey: 'before-secret' };
const encryption = { ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/test' } };

let aws: Aws;
let handler: ApiHandler;
let textApi: ApiGateway;
let binaryApi: ApiGateway;
const refused: { starts: boolean } = { starts: false };

function answer(asked: Asked) {
  if (asked.action === 'GetSecretValue') return secretAnswer(asked, { current, previous });
  if (asked.action === 'StartExecution') {
    if (refused.starts) return { status: 400, body: '{"__type":"AccessDeniedException","message":"no"}' };
    return { body: JSON.stringify({ executionArn: 'arn', startDate: 1779278400 }) };
  }
  return { body: '{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}' };
}

beforeAll(async () => {
  aws = await startAws(answer);
  for (const [name, value] of Object.entries(environment(aws.origin))) vi.stubEnv(name, value);
  await new Table(new DynamoDBClient({}), 'engine', Buffer.from(ENCRYPTION_KEY, 'hex')).create();
  ({ handler } = await import('../../../engine/lambda/handlers/api.ts'));
  textApi = await startApiGateway(handler, { base64: false });
  binaryApi = await startApiGateway(handler, { base64: true });
});
afterAll(async () => {
  await textApi.stop();
  await binaryApi.stop();
  await aws.stop();
  vi.unstubAllEnvs();
});

const clientOf = (api: ApiGateway, credentials: typeof current = current) =>
  new VoiceIDClient({ region: 'us-east-1', endpoint: api.origin, credentials, maxAttempts: 1 });

/** A request that the client signed, as the function was called with it, before anything was altered. */
async function signedEvent(): Promise<ApiEvent> {
  await clientOf(binaryApi).send(new ListDomainsCommand({ MaxResults: 7 }));
  const event = binaryApi.events.at(-1);
  if (event === undefined) throw new Error('No event');
  return structuredClone(event);
}

const domainNames = async () =>
  ((await clientOf(binaryApi).send(new ListDomainsCommand({}))).DomainSummaries ?? []).map(({ Name }) => Name);

describe('what is let in', () => {
  test.each(['text', 'base64'])('the official client, its body as %s', async (form) => {
    const client = clientOf(form === 'text' ? textApi : binaryApi);
    const Name = `Anrufe-${form}`;
    const created = await client.send(
      new CreateDomainCommand({ Name, Description: 'Grüße 電話', ...encryption, ClientToken: `create-${form}` }),
    );
    const described = await client.send(new DescribeDomainCommand({ DomainId: created.Domain?.DomainId }));
    expect(described.Domain).toMatchObject({ Name, Description: 'Grüße 電話', DomainStatus: 'ACTIVE' });
    expect((form === 'text' ? textApi : binaryApi).events.at(-1)?.isBase64Encoded).toBe(form === 'base64');
  });

  test('a client that has not been told of the access key’s rotation yet', async () => {
    await expect(clientOf(binaryApi, previous).send(new ListDomainsCommand({}))).resolves.toBeDefined();
  });

  test('a job, whose execution is started before the answer; one that could not be is started when asked again', async () => {
    const client = clientOf(binaryApi);
    const { Domain } = await client.send(new CreateDomainCommand({ Name: 'jobs', ...encryption }));
    const start = new StartSpeakerEnrollmentJobCommand({
      DomainId: Domain?.DomainId,
      DataAccessRoleArn: ROLE,
      InputDataConfig: { S3Uri: 's3://manifests/m.json' },
      OutputDataConfig: { S3Uri: 's3://results/out' },
      ClientToken: 'once',
    });
    refused.starts = true;
    await expect(client.send(start)).rejects.toMatchObject({ name: 'InternalServerException' });
    refused.starts = false;
    aws.asked.length = 0;
    const { Job } = await client.send(start);
    const started = aws.asked.filter(({ action }) => action === 'StartExecution').map(({ body }) => JSON.parse(body));
    const job = { kind: 'ENROLLMENT', domainId: Domain?.DomainId, jobId: Job?.JobId };
    expect(started).toEqual([
      {
        stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:job',
        name: `ENROLLMENT-${job.domainId}-${job.jobId}`,
        input: JSON.stringify(job),
      },
    ]);
    const described = await client.send(
      new DescribeSpeakerEnrollmentJobCommand({ DomainId: job.domainId, JobId: job.jobId }),
    );
    expect(described.Job?.JobStatus).toBe('SUBMITTED');
  });
});

describe('what is refused, and leaves nothing behind', () => {
  test.each([
    ['a wrong secret', { ...current, secretAccessKey: 'guessed' }, 'InvalidSignatureException'],
    ['an unknown access key', { accessKeyId: 'nobody', secretAccessKey: 'x' }, 'UnrecognizedClientException'],
  ])('%s', async (_, credentials, name) => {
    const before = await domainNames();
    const create = new CreateDomainCommand({ Name: 'refused', ...encryption });
    await expect(clientOf(binaryApi, credentials).send(create)).rejects.toMatchObject({
      name,
      $metadata: { httpStatusCode: 403 },
    });
    expect(await domainNames()).toEqual(before);
  });

  test.each([
    ['base64', (text: string) => Buffer.from(text).toString('base64')],
    ['text', (text: string) => text],
  ])('a body that is not the signed one, as %s', async (form, encode) => {
    const event = await signedEvent();
    const isBase64Encoded = form === 'base64';
    // The very same event passes with the body that was signed.
    expect(await handler({ ...event, isBase64Encoded, body: encode('{"MaxResults":7}') })).toMatchObject({
      statusCode: 200,
    });
    expect(await handler({ ...event, isBase64Encoded, body: encode('{"MaxResults":8}') })).toMatchObject({
      statusCode: 403,
    });
  });

  test('a body that is said to be base64 and is text', async () => {
    const event = await signedEvent();
    const { statusCode = 0 } = await handler({ ...event, isBase64Encoded: false });
    expect(statusCode).toBe(403);
  });

  test('another operation than the signed one, and none signed at all', async () => {
    const { headers, ...event } = await signedEvent();
    const other = { ...headers, 'x-amz-target': 'VoiceID.DeleteDomain' };
    expect(await handler({ ...event, headers: other })).toMatchObject({ statusCode: 403 });
    const { authorization: _, ...unsigned } = headers;
    expect(await handler({ ...event, headers: unsigned })).toMatchObject({ statusCode: 403 });
  });

  test.each([
    ['base64', 4 * 1024 * 1024],
    ['text', 64 * 1024 + 1],
  ])('too long a body, as %s, before anything is read or written', async (form, length) => {
    const event = await signedEvent();
    const text = `"${'a'.repeat(length - 2)}"`;
    aws.asked.length = 0;
    const before = aws.databaseRequests();
    const isBase64Encoded = form === 'base64';
    const body = isBase64Encoded ? Buffer.from(text).toString('base64') : text;
    expect(await handler({ ...event, isBase64Encoded, body })).toMatchObject({ statusCode: 413 });
    expect(aws.asked).toEqual([]);
    expect(aws.databaseRequests()).toBe(before);
  });

  test('a session’s audio: another function listens', async () => {
    const event = await signedEvent();
    const rawPath = '/_sessions/domain/session/audio';
    const http = { ...event.requestContext.http, path: rawPath };
    expect(await handler({ ...event, rawPath, requestContext: { ...event.requestContext, http } })).toMatchObject({
      statusCode: 400,
    });
  });
});
