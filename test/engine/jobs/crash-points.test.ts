import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateDomainCommand,
  ListSpeakerEnrollmentJobsCommand,
  StartSpeakerEnrollmentJobCommand,
  VoiceIDClient,
} from '@aws-sdk/client-voice-id';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEngine, type Engine } from '../../../engine/app.ts';
import type { EngineEvent } from '../../../engine/deps.ts';
import { PREFETCH } from '../../../engine/jobs/run-job.ts';
import { createStore, type Store } from '../../../engine/store/store.ts';
import { ACCESS_KEY, pool, ROLE, settings, startTestEngine, type TestEngine } from '../harness.ts';

/**
 * An engine that is killed at every call that it makes for a job, to S3, DynamoDB or the bus: the call takes effect, and
 * nobody hears of it; and within the call that writes the output file, at any byte. The next engine over the same store
 * ends the job.
 */
/** A job's calls come in the same order in each run: its requests one after the other. */
const oneByOne = { ...pool, width: 1 / PREFETCH };
const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const bucketOf = (input: object) => ('Bucket' in input ? input.Bucket : '');
/** What it is about: the beginning of its partition. */
const kindOf = (input: object) => /"S":"([A-Z]+)/.exec(JSON.stringify(input))?.[1] ?? '';
const forever = () => new Promise<never>(() => undefined);

interface Process {
  engine: Engine;
  /** Those that took effect, in order. */
  calls: string[];
  /** Calls from now to the last one that takes effect; the process hears of it no more. */
  left: number;
  /** Resolves with the call that was the last. */
  death: Promise<string>;
  die(call: string): void;
}

/** Holds the table and the buckets; its own engine does nothing here but tell what is there. */
let keeper: TestEngine;
let store: Store;
let DomainId: string;
let running: Process;
let server: ReturnType<typeof serve>;
let client: VoiceIDClient;
/** What came to the bus. */
const events: EngineEvent[] = [];
/** Between the engine and S3. */
let wire: Server;
/** Bytes of the output file's request that go through, to the last one; then `cut` is called. */
let most = Number.POSITIVE_INFINITY;
let cut = (): void => undefined;
/** Of the last such request. */
let requestBytes = 0;

/** Like a cable; the one that the output file is sent through breaks after so many bytes. */
async function layWire(to: number): Promise<Server> {
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    let sent: number | undefined;
    near.on('data', (chunk) => {
      if (chunk.includes('PUT /results/')) sent = 0;
      if (sent === undefined) return void far.write(chunk);
      const room = most - sent;
      sent += chunk.length;
      requestBytes = sent;
      if (chunk.length < room) return void far.write(chunk);
      most = Number.POSITIVE_INFINITY;
      near.removeAllListeners('data');
      far.removeAllListeners('data');
      // An end, not a reset: what was sent arrives.
      far.end(chunk.subarray(0, room));
      cut();
    });
    far.on('data', (chunk) => {
      // The answer is the end of that request.
      sent = undefined;
      near.write(chunk);
    });
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

const portOf = (of: Server) => (of.address() as AddressInfo).port;

async function startProcess(): Promise<Process> {
  const { promise: death, resolve } = Promise.withResolvers<string>();
  const endpoint = `http://127.0.0.1:${portOf(wire)}`;
  const own = {
    s3: new S3Client({ ...keeper.services.s3, endpoint }),
    dynamoDb: new DynamoDBClient(keeper.services.dynamoDb),
  };
  const watch = async <T>(call: string, send: () => Promise<T>): Promise<T> => {
    if (process.left === 0) return forever();
    const answer = await send().catch((error: unknown) => {
      if (process.left > 0) throw error;
      return forever();
    });
    if (process.left === 0) return forever();
    process.calls.push(call);
    if (--process.left > 0) return answer;
    process.die(call);
    return forever();
  };
  const step = { step: 'initialize' } as const;
  own.s3.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) =>
        watch(`${commandName} ${bucketOf(args.input)}`, () => next(args)),
    step,
  );
  own.dynamoDb.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) =>
        watch(`${commandName} ${kindOf(args.input)}`, () => next(args)),
    step,
  );
  const publish = (event: EngineEvent) => watch('publish', async () => void events.push(event));
  const engine = await createEngine({ settings, ...own, pool: oneByOne, publish, now: () => keeper.clock.now, logger });
  const die = (call: string) => {
    process.left = 0;
    resolve(call);
  };
  const process: Process = { engine, calls: [], left: Number.POSITIVE_INFINITY, death, die };
  await engine.start();
  process.calls = [];
  return process;
}

beforeAll(async () => {
  keeper = await startTestEngine();
  store = createStore(keeper.dynamoDb, settings);
  const encryption = { ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/test' } };
  const { Domain } = await keeper.client.send(new CreateDomainCommand({ Name: 'crashes', ...encryption }));
  DomainId = Domain?.DomainId ?? '';
  await put('recordings', 'anna.wav', Uint8Array.from([1, 0, 0, 0]));
  wire = await layWire(Number(new URL(String(keeper.services.s3.endpoint)).port));
  running = await startProcess();
  server = serve({ fetch: (request) => running.engine.fetch(request), port: 0, hostname: '127.0.0.1' });
  if (!server.listening) await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = new VoiceIDClient({ region: 'us-east-1', credentials: ACCESS_KEY, endpoint, maxAttempts: 1 });
});

afterAll(async () => {
  client.destroy();
  if ('closeAllConnections' in server) server.closeAllConnections();
  await new Promise((done) => server.close(done));
  wire.close();
  await keeper.stop();
});

const put = (Bucket: string, Key: string, Body: string | Uint8Array) =>
  keeper.s3.send(new PutObjectCommand({ Bucket, Key, Body }));

/** New speakers, one of them twice, and one whose recording is missing. */
const requestsOf = (name: string) =>
  ['a', 'b', 'missing', 'a', 'c'].map((speaker, index) => ({
    RequestId: `r${index}`,
    SpeakerId: `${name}-${speaker}`,
    AudioSpecifications: [{ S3Uri: `s3://recordings/${speaker === 'missing' ? 'missing' : 'anna'}.wav`, ChannelId: 0 }],
  }));

async function outputOf(name: string, jobId: string): Promise<unknown> {
  const Key = `out/${jobId}/${name}.json.out`;
  const { Body } = await keeper.s3.send(new GetObjectCommand({ Bucket: 'results', Key }));
  return JSON.parse((await Body?.transformToString()) ?? '');
}

/** Runs a job under `name`, killing its process where `kill` says; the last call, or undefined where it lived on. */
async function runKilled(
  name: string,
  kill: (process: Process) => void,
): Promise<{ jobId: string; killedAt: string | undefined }> {
  // Nothing of an earlier one's calls is counted.
  running.die('');
  running = await startProcess();
  await put(
    'manifests',
    `${name}.json`,
    JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests: requestsOf(name) }),
  );
  const start = new StartSpeakerEnrollmentJobCommand({
    ClientToken: name,
    JobName: name,
    DomainId,
    DataAccessRoleArn: ROLE,
    InputDataConfig: { S3Uri: `s3://manifests/${name}.json` },
    OutputDataConfig: { S3Uri: 's3://results/out/' },
  });
  // The queue is what a job leaves last.
  const ended = async () => {
    const { Job } = await client.send(start);
    while ((await store.jobs.queued('ENROLLMENT', DomainId)).length > 0)
      await new Promise((next) => setTimeout(next, 5));
    return Job?.JobId ?? '';
  };
  kill(running);
  const first = ended();
  first.catch(() => undefined);
  await Promise.race([running.death, first]);
  if (running.left > 0) return { jobId: await first, killedAt: undefined };
  const killedAt = await running.death;
  running = await startProcess();
  return { jobId: await ended(), killedAt };
}

/** What a job leaves, however often its process was killed. */
async function expectWhole(name: string, jobId: string, context: string): Promise<void> {
  const { JobSummaries = [] } = await keeper.client.send(
    new ListSpeakerEnrollmentJobsCommand({ DomainId, MaxResults: 100 }),
  );
  expect(
    JobSummaries.filter(({ JobName }) => JobName === name).map(({ JobId, JobStatus }) => [JobId, JobStatus]),
    context,
  ).toEqual([[jobId, 'COMPLETED_WITH_ERRORS']]);
  expect(await outputOf(name, jobId), context).toMatchObject({
    Errors: [{ RequestId: 'r2', ErrorCode: 400 }],
    SuccessfulEnrollments: [
      { RequestId: 'r0', EnrollmentStatus: 'NEW_ENROLLMENT' },
      { RequestId: 'r1', EnrollmentStatus: 'NEW_ENROLLMENT' },
      { RequestId: 'r3', EnrollmentStatus: 'DUPLICATE_SKIPPED' },
      { RequestId: 'r4', EnrollmentStatus: 'NEW_ENROLLMENT' },
    ],
  });
  for (const speaker of ['a', 'b', 'c']) {
    // Written once: a second enrollment would be a second version.
    expect((await store.speakers.get(DomainId, `${name}-${speaker}`))?.version, context).toBe(1);
  }
  expect(await store.speakers.get(DomainId, `${name}-missing`), context).toBeUndefined();
  // Nothing of the job's work is left behind: rows hold speaker ids.
  for await (const row of store.jobs.rows(jobId)) expect(row, context).toBeUndefined();
  expect(await store.jobs.queued('ENROLLMENT', DomainId), context).toEqual([]);
  // Told at least once; a repeat is the same event.
  const told = events.map(({ detail }) => JSON.stringify(detail)).filter((detail) => detail.includes(jobId));
  const sources = [...new Set(told)].map((detail) => /"sourceId":"([^"]*)"/.exec(detail)?.[1]);
  expect(sources.toSorted(), context).toEqual(
    ['0', '1', '4', 'SUBMITTED', 'SUCCESS'].map((source) => `${jobId}-${source}`),
  );
}

it('killed at any of its calls, leaves a job that the next engine ends: every request one row, nobody enrolled twice', async () => {
  const undisturbed = await runKilled('never-killed', () => undefined);
  await expectWhole('never-killed', undisturbed.jobId, 'never killed');
  // Where they are comes from here, so that a call that is added has its point by itself.
  const calls = running.calls.slice(0, running.calls.indexOf('DeleteItemCommand QUEUE') + 1);
  for (const [index, call] of calls.entries()) {
    const name = `killed-after-${index}`;
    const context = `killed after call ${index}, ${call}`;
    const { jobId, killedAt } = await runKilled(name, (process) => {
      process.left = index + 1;
    });
    expect(killedAt, context).toBe(call);
    await expectWhole(name, jobId, context);
  }
  // The start, the manifest, the recordings, the speakers, the rows, the output file, the end.
  expect(calls).toEqual(
    expect.arrayContaining([
      'PutItemCommand TOKEN',
      'PutItemCommand JOB',
      'publish',
      'PutItemCommand QUEUE',
      'GetObjectCommand manifests',
      'GetObjectCommand recordings',
      'PutItemCommand SPEAKER',
      'BatchWriteItemCommand ROW',
      'PutObjectCommand results',
      'DeleteItemCommand QUEUE',
    ]),
  );
});

it('killed while it writes the output file, leaves a job that the next engine ends, with the whole file', async () => {
  const PARTS = 8;
  // The length of the name is a part of the request's.
  await runKilled('cut-at-x', () => undefined);
  const whole = requestBytes;
  for (let part = 0; part <= PARTS; part++) {
    const name = `cut-at-${part}`;
    const { jobId, killedAt } = await runKilled(name, (process) => {
      most = Math.round((whole * part) / PARTS);
      cut = () => process.die('PutObjectCommand');
    });
    expect(killedAt).toBe('PutObjectCommand');
    await expectWhole(name, jobId, `killed after ${part} of ${PARTS} parts of the output file's request`);
  }
});
