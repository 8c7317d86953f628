import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateDomainCommand, EvaluateSessionCommand, VoiceIDClient } from '@aws-sdk/client-voice-id';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { callers } from '../../../cli/demo/callers.ts';
import { signedFetch } from '../../../clients/signed-fetch.ts';
import { readWav } from '../../../engine/audio/wav.ts';
import { wavOf } from '../../../engine/audio/wav-writer.ts';
import { loadHearing } from '../../../engine/sessions/hearing.ts';
import { createStore } from '../../../engine/store/store.ts';
import { toVoiceprint } from '../../../engine/store/voiceprints.ts';
import { readModel } from '../../../engine/voiceprint/model.ts';
import { recordCall } from '../../speech.ts';
import { settings } from '../harness.ts';
import { type ApiGateway, startApiGateway } from './api-gateway.ts';
import { type Asked, type Aws, ENCRYPTION_KEY, environment, secretAnswer, startAws } from './aws.ts';

/** A call's audio by the function that listens, its verdict by the API's other one: what both know is in the table. */
const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
const SECOND = 16_000;

let aws: Aws;
let listening: ApiGateway;
let api: ApiGateway;
let voiceId: VoiceIDClient;
let DomainId: string;
let call: Uint8Array;

function answer(asked: Asked) {
  if (asked.action === 'GetSecretValue') return secretAnswer(asked, { current: credentials });
  if (asked.action === 'AssumeRole') {
    const until = new Date(Date.now() + 3_600_000).toISOString();
    return {
      body: `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>role</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${until}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
    };
  }
  return { status: 404, body: '<Error><Code>NoSuchKey</Code><Message>none</Message></Error>' };
}

beforeAll(async () => {
  aws = await startAws(answer);
  for (const [name, value] of Object.entries(environment(aws.origin))) vi.stubEnv(name, value);
  const encryptionKey = Buffer.from(ENCRYPTION_KEY, 'hex');
  const store = createStore(new DynamoDBClient({}), { ...settings, tableName: 'engine', encryptionKey });
  await store.table.create();
  const handlers = await Promise.all([
    import('../../../engine/lambda/handlers/listen.ts'),
    import('../../../engine/lambda/handlers/api.ts'),
  ]);
  listening = await startApiGateway(handlers[0].handler, { base64: true });
  api = await startApiGateway(handlers[1].handler, { base64: true });
  voiceId = new VoiceIDClient({ region: 'us-east-1', endpoint: api.origin, credentials, maxAttempts: 1 });

  const encryption = { ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/test' } };
  const { Domain } = await voiceId.send(new CreateDomainCommand({ Name: 'calls', ...encryption }));
  DomainId = Domain?.DomainId ?? '';
  const [caller] = callers;
  if (caller === undefined) throw new Error('There are too few callers.');
  const [enrolled, said] = await Promise.all([recordCall(caller, 0, 4), recordCall(caller, 4, 3)]);
  call = said.subarray(44);
  const hearing = await loadHearing(undefined);
  const now = Date.now();
  await store.speakers.put(
    {
      domainId: DomainId,
      generatedSpeakerId: store.speakers.generatedId(DomainId, 'caller'),
      customerSpeakerId: 'caller',
      status: 'ENROLLED',
      voiceprint: toVoiceprint((await readModel()).id, hearing.embed(readWav(enrolled, 0, 'x')), 30),
      createdAt: now,
      updatedAt: now,
      lastAccessedAt: now,
    },
    'absent',
  );
}, 60_000);
afterAll(async () => {
  await listening.stop();
  await api.stop();
  await aws.stop();
  vi.unstubAllEnvs();
});

const feed = (session: string, body: Uint8Array, query: Record<string, string>, contentType = 'audio/pcm') =>
  signedFetch(
    { origin: listening.origin, region: 'us-east-1', credentials },
    { method: 'POST', path: `/_sessions/${DomainId}/${session}/audio`, query, body, contentType },
  );

test('the one function listens, the other one judges', async () => {
  for (let at = 0; at < call.length; at += 5 * SECOND) {
    const fed = await feed('call', call.subarray(at, at + 5 * SECOND), { speakerId: 'caller' });
    expect([fed.status, await fed.json()]).toMatchObject([200, { SessionName: 'call' }]);
  }
  const { AuthenticationResult, FraudDetectionResult } = await voiceId.send(
    new EvaluateSessionCommand({ DomainId, SessionNameOrId: 'call' }),
  );
  expect(AuthenticationResult?.Decision).toBe('ACCEPT');
  expect(FraudDetectionResult?.Decision).toBe('LOW_RISK');
}, 60_000);

test('a recording in S3 is read as the data-access role, and no other can be', async () => {
  aws.asked.length = 0;
  const named = Buffer.from('s3://recordings/anna/call.wav');
  const refused = await feed('named', named, {}, 'text/uri-list');
  expect([refused.status, await refused.json()]).toMatchObject([
    400,
    { __type: 'ValidationException', Message: expect.stringContaining('no such object') },
  ]);
  const assumed = aws.asked.find(({ action }) => action === 'AssumeRole');
  const asked = new URLSearchParams(assumed?.body);
  expect(asked.get('RoleArn')).toBe('arn:aws:iam::123456789012:role/data-access');
  expect(asked.get('Policy')).toContain('"arn:aws:s3:::recordings/anna/call.wav"');
  expect(aws.asked.filter(({ service }) => service === 's3')).toMatchObject([{ method: 'GET' }]);
});

test('a recording is looked at by the function that listens, as the data-access role where it is in S3', async () => {
  const ask = (body: Uint8Array, contentType: string) =>
    signedFetch(
      { origin: listening.origin, region: 'us-east-1', credentials },
      { method: 'POST', path: '/_recordings', body, contentType },
    );
  const heard = await ask(wavOf([call]), 'audio/wav');
  expect([heard.status, await heard.json()]).toMatchObject([
    200,
    { refusal: { kind: 'NotEnoughSpeechError' }, format: { sampleRate: 8000 }, quality: { secondVoice: null } },
  ]);
  aws.asked.length = 0;
  const named = await ask(Buffer.from('s3://recordings/bert/call.wav'), 'text/uri-list');
  expect([named.status, await named.json()]).toMatchObject([
    200,
    { refusal: { message: expect.stringContaining('no such object') }, format: null },
  ]);
  const assumed = aws.asked.find(({ action }) => action === 'AssumeRole');
  expect(new URLSearchParams(assumed?.body).get('Policy')).toContain('"arn:aws:s3:::recordings/bert/call.wav"');
}, 60_000);

test('nothing unsigned, and nothing that a function can’t take', async () => {
  const path = `${listening.origin}/_sessions/${DomainId}/call/audio`;
  expect((await fetch(path, { method: 'POST', body: Buffer.from(call) })).status).toBe(403);
  expect((await feed('large', new Uint8Array(4 * 1024 * 1024 + 1), {})).status).toBe(413);
});
