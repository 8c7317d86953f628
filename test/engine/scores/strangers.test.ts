import { PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateDomainCommand,
  DeleteSpeakerCommand,
  DescribeSpeakerEnrollmentJobCommand,
  EvaluateSessionCommand,
  OptOutSpeakerCommand,
  StartSpeakerEnrollmentJobCommand,
  type VoiceIDClient,
} from '@aws-sdk/client-voice-id';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { run as thresholds } from '../../../cli/commands/thresholds.ts';
import { signedFetch } from '../../../clients/signed-fetch.ts';
import { createStore } from '../../../engine/store/store.ts';
import { output } from '../../cli/run.ts';
import { ACCESS_KEY, pool, ROLE, saidBy, settings, startTestEngine, type TestEngine } from '../harness.ts';

/** Anna's calls are in the direction 1; a double sounds a little like her, others don't. */
const ANNA = [0, 10, 0, 0];
const DOUBLE = [0, 7, 7, 0];
const OTHER = [10, 0, 0, 0];

let one: TestEngine;
/** On the same table. */
let other: Awaited<ReturnType<TestEngine['another']>>;
/** Calls to the table. */
let calls: string[] = [];

beforeAll(async () => {
  vi.stubEnv('VIVAVOCE_CREDENTIALS', `${ACCESS_KEY.accessKeyId}:${ACCESS_KEY.secretAccessKey}`);
  const { calibration } = pool.model;
  if (calibration === undefined) throw new Error('The test model has no calibration.');
  one = await startTestEngine(
    { quotas: { ...settings.quotas, domains: 100 } },
    {
      ...pool,
      // Strangers may come as close as they like before anything is assumed of them.
      model: { ...pool.model, calibration: { ...calibration, prior: { ...calibration.prior, closest: 1 } } },
      async extract(recordings) {
        for await (const { bytes } of recordings) {
          const length = Math.hypot(...bytes);
          return { embedding: Float32Array.from(bytes, (value) => value / length), netSpeechSeconds: 30 };
        }
        throw new Error('No recordings.');
      },
    },
  );
  other = await one.another();
  one.dynamoDb.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) => {
        calls.push(`${commandName} ${/"S":"([A-Z]+)/.exec(JSON.stringify(args.input))?.[1]}`);
        return next(args);
      },
    { step: 'initialize' },
  );
});
afterAll(async () => {
  await other.stop();
  await one.stop();
  vi.unstubAllEnvs();
});

async function domain(Name: string): Promise<string> {
  const encryption = { ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/test' } };
  const { Domain } = await one.client.send(new CreateDomainCommand({ Name, ...encryption }));
  return Domain?.DomainId ?? '';
}

const put = (Bucket: string, Key: string, Body: string | Uint8Array) =>
  one.s3.send(new PutObjectCommand({ Bucket, Key, Body }));

async function enroll(DomainId: string, voices: Record<string, number[]>, overwrite = false): Promise<void> {
  const requests = [];
  for (const [SpeakerId, voice] of Object.entries(voices)) {
    const Key = `${voice.join('-')}.wav`;
    await put('recordings', Key, Uint8Array.from(voice));
    const AudioSpecifications = [{ S3Uri: `s3://recordings/${Key}`, ChannelId: 0 }];
    requests.push({ RequestId: SpeakerId, SpeakerId, AudioSpecifications });
  }
  await put('manifests', 'm.json', JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests: requests }));
  const { Job } = await one.client.send(
    new StartSpeakerEnrollmentJobCommand({
      DomainId,
      DataAccessRoleArn: ROLE,
      InputDataConfig: { S3Uri: 's3://manifests/m.json' },
      OutputDataConfig: { S3Uri: 's3://results/out' },
      EnrollmentConfig: { ExistingEnrollmentAction: overwrite ? 'OVERWRITE' : 'SKIP' },
    }),
  );
  const describe = new DescribeSpeakerEnrollmentJobCommand({ DomainId, JobId: Job?.JobId });
  for (;;) {
    const { Job: job } = await one.client.send(describe);
    if (job?.EndedAt !== undefined) return expect(job.JobStatus).toBe('COMPLETED');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Anna calls, and says who she is. @returns what her score is whenever it is asked for. */
async function annaCalls(DomainId: string, speakerId = 'anna') {
  const answer = await signedFetch(
    { origin: one.origin, region: 'us-east-1', credentials: ACCESS_KEY },
    {
      method: 'POST',
      path: `/_sessions/${DomainId}/of-${speakerId}/audio`,
      query: { speakerId, fraudDetection: 'false' },
      body: saidBy(1),
    },
  );
  expect(answer.status, await answer.clone().text()).toBe(200);
  return async ({ client }: { client: VoiceIDClient } = one): Promise<number> => {
    const evaluate = new EvaluateSessionCommand({ DomainId, SessionNameOrId: `of-${speakerId}` });
    const { AuthenticationResult } = await client.send(evaluate);
    expect(AuthenticationResult?.Score, AuthenticationResult?.Decision).toBeDefined();
    return AuthenticationResult?.Score ?? Number.NaN;
  };
}

const others = Object.fromEntries(Array.from({ length: 4 }, (_, i) => [`other-${i}`, OTHER]));
const doubles = Object.fromEntries(Array.from({ length: 3 }, (_, i) => [`double-${i}`, DOUBLE]));

test.each([
  [
    'deleted',
    (DomainId: string, SpeakerId: string) => one.client.send(new DeleteSpeakerCommand({ DomainId, SpeakerId })),
  ],
  [
    'opted out',
    (DomainId: string, SpeakerId: string) => one.client.send(new OptOutSpeakerCommand({ DomainId, SpeakerId })),
  ],
])('nobody’s score knows a caller any more who is %s, on any engine, from the answer on', async (how, erase) => {
  const DomainId = await domain(how.replace(' ', '-'));
  await enroll(DomainId, { anna: ANNA, ...others });
  const score = await annaCalls(DomainId);
  const without = await score();
  // People who sound like her make it harder to be taken for her: held by both engines.
  await enroll(DomainId, doubles);
  expect(await score()).toBeLessThan(without);
  expect(await score(other)).toBeLessThan(without);
  for (const SpeakerId of Object.keys(doubles)) await erase(DomainId, SpeakerId);
  expect(await score(other)).toBe(without);
  expect(await score()).toBe(without);
});

test('a print that a job has overwritten is in nobody’s score any more', async () => {
  const DomainId = await domain('overwritten');
  await enroll(DomainId, { anna: ANNA, ...others, ...doubles });
  const score = await annaCalls(DomainId);
  const before = await score(other);
  const changed = Object.fromEntries(Object.keys(doubles).map((name) => [name, OTHER]));
  await enroll(DomainId, changed, true);
  expect(await score(other)).toBeGreaterThan(before);
});

test('who is enrolled twice is accepted under both names; one alone is held back', async () => {
  const DomainId = await domain('twice');
  await enroll(DomainId, { anna: ANNA });
  const alone = await (await annaCalls(DomainId))();
  const crowd = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`caller-${i}`, OTHER]));
  await enroll(DomainId, { ...crowd, 'anna-again': ANNA });
  expect(alone).toBeLessThan(90);
  for (const name of ['anna', 'anna-again'])
    expect(await (await annaCalls(DomainId, name))()).toBeGreaterThanOrEqual(90);
});

test('a voiceprint that nobody used for three years leaves the scores without a write', async () => {
  const DomainId = await domain('expiry');
  await enroll(DomainId, { anna: ANNA, ...others, ...doubles });
  const { speakers } = createStore(one.dynamoDb, settings);
  const { now } = one.clock;
  for (const name of Object.keys(doubles)) {
    const found = await speakers.get(DomainId, name);
    if (found === undefined) throw new Error(`${name} is not enrolled.`);
    // Two minutes before three years are over.
    const lastAccessedAt = now - 3 * 365.25 * 24 * 3600 * 1000 + 120_000;
    await speakers.put({ ...found.speaker, lastAccessedAt }, found.version);
  }
  // An engine that has not read the sample yet: each of the others may have, as it worked on the job.
  const fresh = await one.another();
  const before = await (await annaCalls(DomainId))(fresh);
  one.clock.now = now + 180_000;
  const after = await (await annaCalls(DomainId))(fresh);
  one.clock.now = now;
  await fresh.stop();
  expect(after).toBeGreaterThan(before);
});

test('a verdict reads one generation and one speaker, however many are enrolled', async () => {
  const { jobs } = createStore(one.dynamoDb, settings);
  for (const count of [5, 60]) {
    const DomainId = await domain(`of-${count}`);
    const crowd = Object.fromEntries(Array.from({ length: count }, (_, i) => [`caller-${i}`, OTHER]));
    await enroll(DomainId, { anna: ANNA, ...crowd });
    // Until the job has left nothing to do.
    while ((await jobs.queued('ENROLLMENT', DomainId)).length > 0) await new Promise((done) => setTimeout(done, 20));
    // The first verdict of a generation reads the sample.
    await (await annaCalls(DomainId, 'caller-0'))();
    const score = await annaCalls(DomainId);
    calls = [];
    await score();
    const read = calls.filter((call) => /SPEAKER|GENERATION|FRAUDSTER/.test(call)).sort();
    expect(read).toEqual(['GetItemCommand SPEAKER', 'QueryCommand GENERATION']);
  }
});

test('thresholds say what the scores mean here, without a word about whom', async () => {
  const DomainId = await domain('thresholds');
  const shown = async (...argv: string[]) => {
    const at = ['--domain-id', DomainId, '--endpoint-url', other.origin];
    return (await output(thresholds, ...at, ...argv)).stdout;
  };
  expect(await shown()).toContain('Too early to say: 0 callers are enrolled');
  await enroll(DomainId, { anna: ANNA, ...others });
  const text = await shown();
  expect(text).toContain('Too few to rely on: 5 enrolled callers');
  expect(text).toMatch(/score +from here on +strangers who reach it/);
  expect(text).toMatch(/^ +90 /m);
  const json = await shown('--json');
  expect(JSON.parse(json)).toMatchObject({ domainId: DomainId, speakers: 5, enough: false });
  expect(json).not.toMatch(/anna|other-|id#/);
});

test('thresholds are for those who sign', async () => {
  const DomainId = await domain('signed');
  expect((await fetch(`${one.origin}/_thresholds/${DomainId}`)).status).toBe(403);
});
