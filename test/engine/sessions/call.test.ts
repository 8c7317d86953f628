import { PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateDomainCommand,
  DescribeSpeakerEnrollmentJobCommand,
  EvaluateSessionCommand,
  type EvaluateSessionResponse,
  StartSpeakerEnrollmentJobCommand,
  type VoiceIDClient,
} from '@aws-sdk/client-voice-id';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callers } from '../../../cli/demo/callers.ts';
import { signedFetch } from '../../../clients/signed-fetch.ts';
import { createStore } from '../../../engine/store/store.ts';
import { createVoiceprintPool } from '../../../engine/voiceprint/pool.ts';
import { recordCall } from '../../speech.ts';
import { ACCESS_KEY, ROLE, settings, startTestEngine, type TestEngine } from '../harness.ts';

/** Calls to the real model and the real detector of speech, by synthetic callers. */
let engine: TestEngine;
let DomainId: string;
/** PCM-16, 8 kHz: twelve seconds of the enrolled caller, twenty of somebody else. */
let caller: Uint8Array;
let other: Uint8Array;

const SECOND = 16_000;
const HEADER = 44;

beforeAll(async () => {
  engine = await startTestEngine({}, await createVoiceprintPool({ workers: 2 }), null);
  const [one, two] = callers;
  if (one === undefined || two === undefined) throw new Error('There are too few callers.');
  const [enrolled, saysOne, saysTwo] = await Promise.all([
    recordCall(one, 0, 7),
    recordCall(one, 4, 3),
    recordCall(two, 2, 5),
  ]);
  caller = saysOne.subarray(HEADER, HEADER + 12 * SECOND);
  other = saysTwo.subarray(HEADER, HEADER + 20 * SECOND);
  const encryption = { ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/test' } };
  const { Domain } = await engine.client.send(new CreateDomainCommand({ Name: 'calls', ...encryption }));
  DomainId = Domain?.DomainId ?? '';
  const put = (Bucket: string, Key: string, Body: string | Uint8Array) =>
    engine.s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  await put('recordings', 'caller.wav', enrolled);
  const AudioSpecifications = [{ S3Uri: 's3://recordings/caller.wav', ChannelId: 0 }];
  const SpeakerEnrollmentRequests = [{ RequestId: 'r', SpeakerId: 'caller', AudioSpecifications }];
  await put('manifests', 'm.json', JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests }));
  const { Job } = await engine.client.send(
    new StartSpeakerEnrollmentJobCommand({
      DomainId,
      DataAccessRoleArn: ROLE,
      InputDataConfig: { S3Uri: 's3://manifests/m.json' },
      OutputDataConfig: { S3Uri: 's3://results/out' },
    }),
  );
  const describe = new DescribeSpeakerEnrollmentJobCommand({ DomainId, JobId: Job?.JobId });
  while ((await engine.client.send(describe)).Job?.JobStatus !== 'COMPLETED') {
    await new Promise((done) => setTimeout(done, 50));
  }
}, 60_000);
afterAll(() => engine.stop());

async function feed(session: string, body: Uint8Array, query: Record<string, string> = {}, origin = engine.origin) {
  const path = `/_sessions/${DomainId}/${session}/audio`;
  const answer = await signedFetch(
    { origin, region: 'us-east-1', credentials: ACCESS_KEY },
    { method: 'POST', path, query, body, contentType: 'audio/pcm' },
  );
  expect(answer.status, await answer.clone().text()).toBe(200);
}

const evaluate = (session: string, client: VoiceIDClient = engine.client) =>
  client.send(new EvaluateSessionCommand({ DomainId, SessionNameOrId: session }));

/** In pieces of `bytes`, the last one shorter. */
const cut = (audio: Uint8Array, bytes: number) =>
  Array.from({ length: Math.ceil(audio.length / bytes) }, (_, i) => audio.subarray(i * bytes, (i + 1) * bytes));

const decisionOf = ({ AuthenticationResult }: EvaluateSessionResponse) => AuthenticationResult?.Decision;

test('the caller is accepted, and whoever takes over the line is not, at any moment after', async () => {
  const session = 'takeover';
  for (const chunk of cut(caller, SECOND)) await feed(session, chunk, { speakerId: 'caller' });
  const first = (await evaluate(session)).AuthenticationResult;
  expect(first?.Decision).toBe('ACCEPT');

  const decisions = [];
  for (const chunk of cut(other, SECOND)) {
    await feed(session, chunk);
    decisions.push(decisionOf(await evaluate(session)));
  }
  const last = (await evaluate(session)).AuthenticationResult;
  expect(last?.Decision).toBe('REJECT');
  expect(last?.AuthenticationResultId).not.toBe(first?.AuthenticationResultId);
  expect(first?.AudioAggregationStartedAt?.getTime()).toBeLessThan(first?.AudioAggregationEndedAt?.getTime() ?? 0);
  expect(last?.AudioAggregationStartedAt?.getTime()).toBeGreaterThanOrEqual(
    first?.AudioAggregationEndedAt?.getTime() ?? Number.POSITIVE_INFINITY,
  );
  // The first seconds are undecided, or too short to tell a voice; once it is heard, the caller's words count no more.
  const heard = decisions.findIndex((decision) => decision !== 'ACCEPT');
  expect(heard).toBeGreaterThanOrEqual(0);
  expect(heard).toBeLessThanOrEqual(6);
  expect(decisions.slice(heard)).not.toContain('ACCEPT');
}, 60_000);

test('a session goes on wherever its next chunk comes: engine A, engine B, the verdict from C, one of them killed', async () => {
  const session = 'anywhere';
  const [b, c] = [await engine.another(), await engine.another()];
  const chunks = cut(caller, 3 * SECOND + 1000);
  await feed(session, chunks[0] ?? new Uint8Array(), { speakerId: 'caller' });
  await engine.restart();
  await feed(session, chunks[1] ?? new Uint8Array(), {}, b.origin);
  await b.stop();
  for (const chunk of chunks.slice(2)) await feed(session, chunk);
  expect(decisionOf(await evaluate(session, c.client))).toBe('ACCEPT');
  await c.stop();
}, 60_000);

test('how a call is cut into chunks makes no difference', async () => {
  const results = [];
  for (const [name, bytes] of [
    ['whole', caller.length],
    ['odd', 27_654],
  ] as const) {
    for (const chunk of cut(caller, bytes)) await feed(`cut-${name}`, chunk, { speakerId: 'caller' });
    await feed(`cut-${name}`, new Uint8Array(), { end: 'true' });
    const { AuthenticationResult } = await evaluate(`cut-${name}`);
    results.push({ decision: AuthenticationResult?.Decision, score: AuthenticationResult?.Score ?? 0 });
  }
  expect(results.map(({ decision }) => decision)).toEqual(['ACCEPT', 'ACCEPT']);
  const scores = results.map(({ score }) => score);
  expect(Math.max(...scores) - Math.min(...scores)).toBeLessThanOrEqual(2);
}, 60_000);

test('a session is small; no audio is left of one that has ended', async () => {
  const { sessions } = createStore(engine.dynamoDb, settings);
  const stored = async (session: string) =>
    (await sessions.get(DomainId, session, engine.clock.now))?.session.line as { carried: string; open: string };
  for (const chunk of [caller, other]) await feed('small', chunk);
  expect(JSON.stringify(await stored('small')).length).toBeLessThan(100_000);
  expect((await stored('small')).carried.length).toBeGreaterThan(0);
  await feed('small', new Uint8Array(), { end: 'true' });
  expect(await stored('small')).toMatchObject({ carried: '', open: '' });
}, 60_000);
