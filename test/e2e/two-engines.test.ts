import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateDomainCommand,
  DescribeSpeakerEnrollmentJobCommand,
  ListSpeakersCommand,
  StartSpeakerEnrollmentJobCommand,
  type VoiceIDClient,
} from '@aws-sdk/client-voice-id';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest';
import { z } from 'zod';
import { callers, recordCall } from '../../cli/demo/callers.ts';
import { ROLE, startTestEngine, type TestEngine } from '../engine/harness.ts';
import { itemsOf } from '../engine/items-of.ts';
import { type EngineProcess, type LogLine, spawnEngine } from '../engine/process.ts';

/** VIVAVOCE_ENGINE_KILLS=5 VIVAVOCE_ENGINE_JOBS=3 VIVAVOCE_ENGINE_REQUESTS=40 for a long run. */
const KILLS = Number(process.env.VIVAVOCE_ENGINE_KILLS ?? 1);
const JOBS = Number(process.env.VIVAVOCE_ENGINE_JOBS ?? 1);
const REQUESTS = Number(process.env.VIVAVOCE_ENGINE_REQUESTS ?? 10);
/** Decides when, and which; told of a run that fails, so that it can be repeated, as far as machines repeat themselves. */
const SEED = Number(process.env.VIVAVOCE_ENGINE_SEED ?? Date.now() % 1_000_000_000);
const PATIENCE_MS = 600_000;
const TABLE = 'two-engines';

const output = z.object({
  Errors: z.array(z.unknown()),
  SuccessfulEnrollments: z.array(z.object({ RequestId: z.string(), EnrollmentStatus: z.string() })),
});

/** S3 and DynamoDB as the local cloud has them, in this process: what outlives the engines. */
let aws: TestEngine;
let recording: Uint8Array;
const engines: EngineProcess[] = [];
const logged: LogLine[] = [];

async function startEngine(): Promise<EngineProcess> {
  const { s3, dynamoDb } = aws.services;
  const origins = { AWS_ENDPOINT_URL_S3: String(s3.endpoint), AWS_ENDPOINT_URL_DYNAMODB: String(dynamoDb.endpoint) };
  const env = { ...origins, VIVAVOCE_TABLE: TABLE };
  return spawnEngine('http://127.0.0.1:9', env, (line) => logged.push(line));
}

beforeAll(async () => {
  aws = await startTestEngine({}, undefined, undefined, { works: false });
  recording = await recordCall(callers[1] ?? { voice: 'rms' });
  engines.push(...(await Promise.all([startEngine(), startEngine()])));
});

afterAll(async () => {
  await Promise.all(engines.map((engine) => engine.stop('SIGKILL')));
  await aws.stop();
});

let turn = 0;

/** A load balancer and a patient client: the engines in turn, and the next one where one is gone. */
async function call<T>(ask: (client: VoiceIDClient) => Promise<T>): Promise<T> {
  for (;;) {
    const engine = engines[turn++ % engines.length];
    if (engine === undefined) throw new Error('There are no engines.');
    try {
      return await ask(engine.client);
    } catch (error) {
      // It was killed. What is answered, an error too, is the caller's.
      if (!(error instanceof Error && 'code' in error && /^(ECONN|EPIPE)/.test(String(error.code)))) throw error;
      await sleep(20);
    }
  }
}

async function objectAt(Bucket: string, Key: string): Promise<unknown> {
  const { Body } = await aws.s3.send(new GetObjectCommand({ Bucket, Key }));
  return JSON.parse((await Body?.transformToString()) ?? '');
}

it(
  'two engines on one table, killed at any point: every file is whole, every voiceprint is there once, every end is told',
  async () => {
    const sizes = `VIVAVOCE_ENGINE_KILLS=${KILLS} VIVAVOCE_ENGINE_JOBS=${JOBS} VIVAVOCE_ENGINE_REQUESTS=${REQUESTS}`;
    onTestFailed(() =>
      console.error(`Again: ${sizes} VIVAVOCE_ENGINE_SEED=${SEED} npx vitest run test/e2e/two-engines.test.ts`),
    );
    const ClientToken = 'domain';
    const ServerSideEncryptionConfiguration = { KmsKeyId: 'alias/k' };
    const { Domain } = await call((client) =>
      client.send(new CreateDomainCommand({ Name: 'two', ClientToken, ServerSideEncryptionConfiguration })),
    );
    const DomainId = Domain?.DomainId;
    await aws.s3.send(new PutObjectCommand({ Bucket: 'recordings', Key: 'call.wav', Body: recording }));
    const AudioSpecifications = [{ S3Uri: 's3://recordings/call.wav', ChannelId: 0 }];
    const started: { jobId: string; name: string; requests: string[] }[] = [];
    for (let job = 0; job < JOBS; job++) {
      const name = `job-${job}`;
      const SpeakerEnrollmentRequests = Array.from({ length: REQUESTS }, (_, i) => ({
        RequestId: `${name}-${i}`,
        SpeakerId: `speaker-${name}-${i}`,
        AudioSpecifications,
      }));
      const Body = JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests });
      await aws.s3.send(new PutObjectCommand({ Bucket: 'manifests', Key: `${name}.json`, Body }));
      const start = new StartSpeakerEnrollmentJobCommand({
        ClientToken: name,
        DomainId,
        DataAccessRoleArn: ROLE,
        InputDataConfig: { S3Uri: `s3://manifests/${name}.json` },
        OutputDataConfig: { S3Uri: 's3://results/out' },
      });
      const { Job } = await call((client) => client.send(start));
      const requests = SpeakerEnrollmentRequests.map(({ RequestId }) => RequestId);
      started.push({ jobId: Job?.JobId ?? '', name, requests });
    }
    const drawn = fc.record({ wait: fc.integer({ min: 0, max: 2500 }), which: fc.integer({ min: 0, max: 1 }) });
    for (const { wait, which } of fc.sample(drawn, { numRuns: KILLS, seed: SEED })) {
      await sleep(wait);
      await engines[which]?.stop('SIGKILL');
      // The other one is alone for as long as this one starts.
      engines[which] = await startEngine();
    }

    for (const { jobId, name, requests } of started) {
      const describe = new DescribeSpeakerEnrollmentJobCommand({ DomainId, JobId: jobId });
      await expect
        .poll(async () => (await call((client) => client.send(describe))).Job, { timeout: PATIENCE_MS, interval: 200 })
        .toMatchObject({ JobStatus: 'COMPLETED', JobProgress: { PercentComplete: 100 } });
      const { Errors, SuccessfulEnrollments } = output.parse(
        await objectAt('results', `out/${jobId}/${name}.json.out`),
      );
      expect(Errors).toEqual([]);
      expect(SuccessfulEnrollments.map(({ RequestId }) => RequestId)).toEqual(requests);
      expect(new Set(SuccessfulEnrollments.map((row) => row.EnrollmentStatus))).toEqual(new Set(['NEW_ENROLLMENT']));
    }
    // Nothing of a job that has ended is left, which is the last thing that happens.
    const left = async () =>
      (await itemsOf(aws.dynamoDb, TABLE)).filter((name) => /^(REQUEST|LEASE|QUEUE|PROGRESS)/.test(name));
    await expect.poll(left, { timeout: PATIENCE_MS, interval: 200 }).toEqual([]);
    const speakers = (await itemsOf(aws.dynamoDb, TABLE)).filter((name) => name.startsWith('SPEAKER#'));
    expect(speakers).toHaveLength(JOBS * REQUESTS);
    const statuses = new Set<string | undefined>();
    let NextToken: string | undefined;
    do {
      const list = new ListSpeakersCommand({ DomainId, NextToken, MaxResults: 100 });
      const page = await call((client) => client.send(list));
      for (const { Status } of page.SpeakerSummaries ?? []) statuses.add(Status);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(statuses).toEqual(new Set(['ENROLLED']));
    // This engine sends its events nowhere; the line comes straight after the event, and is told at least once like it.
    const told = logged.filter(({ message }) => message === 'Job ended').map(({ jobId }) => String(jobId));
    expect([...new Set(told)].toSorted()).toEqual(started.map(({ jobId }) => jobId).toSorted());
  },
  PATIENCE_MS,
);
