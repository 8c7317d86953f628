import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateDomainCommand,
  StartFraudsterRegistrationJobCommand,
  StartSpeakerEnrollmentJobCommand,
  VoiceIDClient,
} from '@aws-sdk/client-voice-id';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from '../../../engine/app.ts';
import type { EngineEvent } from '../../../engine/deps.ts';
import { PREFETCH } from '../../../engine/jobs/runner.ts';
import type { JobKind } from '../../../engine/store/jobs.ts';
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
const looksAtAll = (input: object) =>
  kindOf(input) === 'QUEUE' && /:p"/.test(JSON.stringify(input)) && !/:s"/.test(JSON.stringify(input));
const forever = () => new Promise<never>(() => undefined);

interface Process {
  engine: Engine;
  /** Those that took effect, in order. */
  calls: string[];
  /** Calls from now to the last one that takes effect; the process hears of it no more. */
  left: number;
  /** Whether each call is made twice, as clients do where the first one's answer is lost. */
  twice: boolean;
  /**
   * A call of the API, and the engine's own look at all queues, which the clock makes, one after the other: a job that is
   * found while its start is not answered is begun before, and its calls come in another order.
   */
  undisturbed<T>(run: () => Promise<T>): Promise<T>;
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
  let last: Promise<unknown> = Promise.resolve();
  const undisturbed = <T>(run: () => Promise<T>): Promise<T> => {
    const result = last.then(run);
    last = result.catch(() => undefined);
    return result;
  };
  const endpoint = `http://127.0.0.1:${portOf(wire)}`;
  const own = {
    s3: new S3Client({ ...keeper.services.s3, endpoint }),
    dynamoDb: new DynamoDBClient(keeper.services.dynamoDb),
  };
  const watch = async <T>(call: string, send: () => Promise<T>): Promise<T> => {
    if (process.left === 0) return forever();
    // Beaten by the clock, and looked at again because of it: not in a job's order.
    if (/ENGINE|Query.* QUEUE/.test(call)) return send();
    if (process.twice) await send().catch(() => undefined);
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
        watch(`${commandName} ${kindOf(args.input)}`, () =>
          looksAtAll(args.input) ? undisturbed(() => next(args)) : next(args),
        ),
    step,
  );
  const publish = (event: EngineEvent) => watch('publish', async () => void events.push(event));
  const now = () => keeper.clock.now;
  const engine = await createEngine({ settings, ...own, pool: oneByOne, sole: true, publish, now, logger });
  const die = (call: string) => {
    process.left = 0;
    resolve(call);
  };
  const left = Number.POSITIVE_INFINITY;
  const process: Process = { engine, calls: [], left, twice: false, undisturbed, death, die };
  await engine.start();
  process.calls = [];
  return process;
}

beforeAll(async () => {
  keeper = await startTestEngine({}, pool, undefined, { works: false });
  store = createStore(keeper.dynamoDb, settings);
  const encryption = { ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/test' } };
  const { Domain } = await keeper.client.send(new CreateDomainCommand({ Name: 'crashes', ...encryption }));
  DomainId = Domain?.DomainId ?? '';
  await put('recordings', 'anna.wav', Uint8Array.from([1, 0, 0, 0]));
  await put('recordings', 'bert.wav', Uint8Array.from([0, 1, 0, 0]));
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

const audio = (voice: string) => [{ S3Uri: `s3://recordings/${voice}.wav`, ChannelId: 0 }];

interface Work {
  kind: JobKind;
  manifest(name: string): object;
  start(request: ConstructorParameters<typeof StartFraudsterRegistrationJobCommand>[0]): Promise<string | undefined>;
  /** Of the output file. */
  rows: object;
  /** What the `sourceId`s of a job's events end in. */
  told: string[];
  /** What is stored in the end; takes it away where it would be in the next job's way. */
  expectStored(name: string, context: string): Promise<void>;
}

const works: Work[] = [
  {
    kind: 'ENROLLMENT',
    // New speakers, one of them twice, and one whose recording is missing.
    manifest: (name) => ({
      Version: '1.0',
      SpeakerEnrollmentRequests: ['a', 'missing', 'a', 'b'].map((speaker, index) => ({
        RequestId: `r${index}`,
        SpeakerId: `${name}-${speaker}`,
        AudioSpecifications: audio(speaker === 'missing' ? 'missing' : 'anna'),
      })),
    }),
    start: async (request) => (await client.send(new StartSpeakerEnrollmentJobCommand(request))).Job?.JobId,
    rows: {
      Errors: [{ RequestId: 'r1', ErrorCode: 400 }],
      SuccessfulEnrollments: [
        { RequestId: 'r0', EnrollmentStatus: 'NEW_ENROLLMENT' },
        { RequestId: 'r2', EnrollmentStatus: 'DUPLICATE_SKIPPED' },
        { RequestId: 'r3', EnrollmentStatus: 'NEW_ENROLLMENT' },
      ],
    },
    told: ['0', '3', 'SUBMITTED', 'SUCCESS'],
    async expectStored(name, context) {
      for (const [speaker, index] of [
        ['a', 0],
        ['b', 3],
      ]) {
        // Written once: a second enrollment would be another request's, or an overwrite.
        const found = await store.speakers.get(DomainId, `${name}-${speaker}`);
        expect(found?.speaker.enrolledBy, context).toMatchObject({ index, status: 'NEW_ENROLLMENT' });
      }
      expect(await store.speakers.get(DomainId, `${name}-missing`), context).toBeUndefined();
    },
  },
  {
    kind: 'REGISTRATION',
    // Two fraudsters, the first of them twice, and one whose recording is missing.
    manifest: () => ({
      Version: '1.0',
      FraudsterRegistrationRequests: ['anna', 'missing', 'anna', 'bert'].map((voice, index) => ({
        RequestId: `r${index}`,
        AudioSpecifications: audio(voice),
      })),
    }),
    start: async (request) => (await client.send(new StartFraudsterRegistrationJobCommand(request))).Job?.JobId,
    rows: {
      Errors: [{ RequestId: 'r1', ErrorCode: 400 }],
      SuccessfulRegistrations: [
        { RequestId: 'r0', RegistrationStatus: 'NEW_REGISTRATION' },
        { RequestId: 'r2', RegistrationStatus: 'DUPLICATE_SKIPPED', FraudsterSimilarityScore: 100 },
        { RequestId: 'r3', RegistrationStatus: 'NEW_REGISTRATION', FraudsterSimilarityScore: 0 },
      ],
    },
    told: ['SUBMITTED', 'SUCCESS'],
    async expectStored(_, context) {
      const { fraudsters } = await store.fraudsters.list(DomainId, 10);
      expect(fraudsters, context).toHaveLength(2);
      // One by one, as the API does: an engine that holds the watchlist in memory hears of it.
      for (const { generatedFraudsterId } of fraudsters) {
        const there = await store.fraudsters.get(DomainId, generatedFraudsterId);
        if (there !== undefined) await store.fraudsters.delete(DomainId, generatedFraudsterId, there.version);
      }
    },
  },
];

async function outputOf(name: string, jobId: string): Promise<unknown> {
  const Key = `out/${jobId}/${name}.json.out`;
  const { Body } = await keeper.s3.send(new GetObjectCommand({ Bucket: 'results', Key }));
  return JSON.parse((await Body?.transformToString()) ?? '');
}

/** Runs a job under `name`, killing its process where `kill` says; the last call, or undefined where it lived on. */
async function runKilled(
  work: Work,
  name: string,
  kill: (process: Process) => void,
): Promise<{ jobId: string; killedAt: string | undefined }> {
  // Nothing of an earlier one's calls is counted.
  running.die('');
  running = await startProcess();
  // Signatures are by the test's own clock.
  keeper.clock.now = Date.now();
  await put('manifests', `${name}.json`, JSON.stringify(work.manifest(name)));
  const request = {
    ClientToken: name,
    JobName: name,
    DomainId,
    DataAccessRoleArn: ROLE,
    InputDataConfig: { S3Uri: `s3://manifests/${name}.json` },
    OutputDataConfig: { S3Uri: 's3://results/out/' },
  };
  // The queue is what a job leaves last.
  const ended = async () => {
    const { undisturbed } = running;
    const jobId = await undisturbed(() => work.start(request));
    while ((await store.jobs.queued(work.kind, DomainId)).length > 0) await new Promise((next) => setTimeout(next, 20));
    return jobId ?? '';
  };
  kill(running);
  const first = ended();
  first.catch(() => undefined);
  await Promise.race([running.death, first]);
  // Who looks at the queue may see it empty before the engine has the answer to the call that emptied it.
  while (running.left > 0 && !running.calls.includes('DeleteItemCommand QUEUE'))
    await new Promise((next) => setTimeout(next, 20));
  if (running.left > 0) return { jobId: await first, killedAt: undefined };
  const killedAt = await running.death;
  running = await startProcess();
  return { jobId: await ended(), killedAt };
}

/** What a job leaves, however often its process was killed. */
async function expectWhole(work: Work, name: string, jobId: string, context: string): Promise<void> {
  const { jobs } = await store.jobs.list(work.kind, DomainId, 1000);
  expect(
    jobs.filter(({ jobName }) => jobName === name).map((job) => [job.jobId, job.status]),
    context,
  ).toEqual([[jobId, 'COMPLETED_WITH_ERRORS']]);
  expect(await outputOf(name, jobId), context).toMatchObject(work.rows);
  await work.expectStored(name, context);
  // Nothing of the job's work is left behind: rows hold speaker ids.
  for await (const request of store.jobs.requests(jobId)) expect(request, context).toBeUndefined();
  expect(await store.jobs.queued(work.kind, DomainId), context).toEqual([]);
  // Told at least once; a repeat is the same event.
  const told = events.map(({ detail }) => JSON.stringify(detail)).filter((detail) => detail.includes(jobId));
  const sources = [...new Set(told)].map((detail) => /"sourceId":"([^"]*)"/.exec(detail)?.[1]);
  expect(sources.toSorted(), context).toEqual(work.told.map((source) => `${jobId}-${source}`));
}

describe.each(works)('an engine with a job of the kind $kind', (work) => {
  const { kind } = work;

  it('killed at any of its calls, leaves a job that the next one ends: every request one row, nothing done twice', {
    timeout: 180_000,
  }, async () => {
    const undisturbed = await runKilled(work, `${kind}-never`, () => undefined);
    await expectWhole(work, `${kind}-never`, undisturbed.jobId, 'never killed');
    // Where they are comes from here, so that a call that is added has its point by itself.
    const calls = running.calls.slice(0, running.calls.indexOf('DeleteItemCommand QUEUE') + 1);
    for (const [index, call] of calls.entries()) {
      // Killed after it has only read, an engine leaves what it left before.
      if (/^(Get|Query)/.test(call)) continue;
      const name = `${kind}-after-${index}`;
      const context = `killed after call ${index}, ${call}`;
      const { jobId, killedAt } = await runKilled(work, name, (process) => {
        process.left = index + 1;
      });
      expect(killedAt, context).toBe(call);
      await expectWhole(work, name, jobId, context);
    }
    // The start, the manifest, the recordings, what is stored, the rows, the output file, the end.
    expect(calls).toEqual(
      expect.arrayContaining([
        'TransactWriteItemsCommand TOKEN',
        'TransactWriteItemsCommand JOB',
        'publish',
        'PutItemCommand JOB',
        'GetObjectCommand manifests',
        'GetObjectCommand recordings',
        'TransactWriteItemsCommand REQUEST',
        'PutObjectCommand results',
        'BatchWriteItemCommand REQUEST',
        'DeleteItemCommand QUEUE',
      ]),
    );
  });

  it('whose every call is made again, its first answer lost, ends the job as well', async () => {
    const name = `${kind}-twice`;
    const { jobId } = await runKilled(work, name, (process) => {
      process.twice = true;
    });
    await expectWhole(work, name, jobId, 'each call twice');
  });

  it('killed while it writes the output file, leaves a job that the next one ends, with the whole file', async () => {
    const PARTS = 5;
    // The length of the name is a part of the request's.
    const { jobId: whole } = await runKilled(work, `${kind}-cut-x`, () => undefined);
    await expectWhole(work, `${kind}-cut-x`, whole, 'never killed');
    const bytes = requestBytes;
    for (let part = 0; part <= PARTS; part++) {
      const name = `${kind}-cut-${part}`;
      const { jobId, killedAt } = await runKilled(work, name, (process) => {
        most = Math.round((bytes * part) / PARTS);
        cut = () => process.die('PutObjectCommand');
      });
      expect(killedAt).toBe('PutObjectCommand');
      await expectWhole(work, name, jobId, `killed after ${part} of ${PARTS} parts of the output file's request`);
    }
  });
});
