import { readFileSync } from 'node:fs';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { CreateDomainCommand } from '@aws-sdk/client-voice-id';
import { StateMachine } from 'aws-local-stepfunctions';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callers } from '../../../cli/demo/callers.ts';
import { startSpeakerEnrollmentJob } from '../../../engine/api/operations/jobs.ts';
import { createEngine } from '../../../engine/app.ts';
import type { EngineDeps } from '../../../engine/deps.ts';
import { enrollBatch, inputSchema } from '../../../engine/lambda/enroll-batch.ts';
import { mergeState } from '../../../engine/lambda/merge-state.ts';
import { prepareState } from '../../../engine/lambda/prepare-state.ts';
import { jobRefSchema } from '../../../engine/lambda/start-next-job.ts';
import { DomainVoices } from '../../../engine/scores/domain-voices.ts';
import { createStore } from '../../../engine/store/store.ts';
import { createVoiceprintPool } from '../../../engine/voiceprint/pool.ts';
import type { VoiceprintPool } from '../../../engine/voiceprint/pool-of.ts';
import { recordCall } from '../../speech.ts';
import { ROLE, settings, startTestEngine, type TestEngine } from '../harness.ts';
import { withInlineItems } from './machine-adapter.ts';

const KIND = 'ENROLLMENT';
let engine: TestEngine;
let pool: VoiceprintPool;
let s3: S3Client;

beforeAll(async () => {
  pool = await createVoiceprintPool({ workers: 2 });
  engine = await startTestEngine({}, pool, undefined, { works: false });
  s3 = engine.s3;
  for (const [index, caller] of callers.slice(0, 3).entries()) {
    await put('recordings', `${index}.wav`, await recordCall(caller));
  }
  await put('recordings', 'short.wav', await recordCall(callers[3] ?? { voice: 'slt' }, 0, 1));
});
afterAll(async () => {
  await engine.stop();
});

const put = (Bucket: string, Key: string, Body: string | Uint8Array) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body }));
const json = async (Bucket: string, Key: string) => {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return JSON.parse((await Body?.transformToString()) ?? '');
};

const requests = ['0.wav', 'short.wav', '1.wav', 'missing.wav', '2.wav', '0.wav'].map((file, index) => ({
  RequestId: `r${index}`,
  // The last is the first's speaker again: manifest order decides.
  SpeakerId: `speaker-${index === 5 ? 0 : index}`,
  AudioSpecifications: [{ S3Uri: `s3://recordings/${file}`, ChannelId: 0 }],
}));

/** The rows without what differs from domain to domain. */
const rowsOf = (output: Record<'Errors' | 'SuccessfulEnrollments', Record<string, unknown>[]>) =>
  [...output.Errors, ...output.SuccessfulEnrollments].map(({ GeneratedSpeakerId: _, ...row }) => row);

async function domain(Name: string): Promise<string> {
  const { Domain } = await engine.client.send(
    new CreateDomainCommand({ Name, ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/test' } }),
  );
  return Domain?.DomainId ?? '';
}

/** What the functions have on AWS, on this machine: the same store, S3 without roles. */
function jobDeps(wake: EngineDeps['wake']): EngineDeps {
  const store = createStore(engine.dynamoDb, settings);
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
  return {
    settings,
    store,
    pool,
    voices: new DomainVoices({ store, pool, logger, now: Date.now }),
    access: () => s3,
    publish: async () => undefined,
    wake,
    sleep: async () => undefined,
    measure: () => undefined,
    now: Date.now,
    logger,
  };
}

async function start(deps: EngineDeps, DomainId: string, name: string) {
  const answer = await startSpeakerEnrollmentJob(
    {
      DomainId,
      DataAccessRoleArn: ROLE,
      InputDataConfig: { S3Uri: `s3://manifests/${name}.json` },
      OutputDataConfig: { S3Uri: 's3://results/out' },
    },
    deps,
  );
  return (answer as { Job: { JobId: string } }).Job.JobId;
}

const ended = async (deps: EngineDeps, domainId: string, jobId: string) => {
  for (;;) {
    const job = (await deps.store.jobs.get(KIND, domainId, jobId))?.job;
    if (job?.endedAt !== undefined) return job;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

/** The deployed machine over the functions' own code. @returns what its states saw and the functions answered. */
async function runMachine(
  deps: EngineDeps,
  jobRef: unknown,
  failing: (call: number) => boolean = () => false,
): Promise<string> {
  const text = readFileSync('statemachine/enrollment-job.asl.json', 'utf8');
  const arn = 'arn:aws:lambda:us-east-1:123456789012:function:';
  const deployed = withInlineItems(
    text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => (name === 'Partition' ? 'aws' : arn + name)),
  );
  const seen: unknown[] = [jobRef];
  let calls = 0;
  const machine = new StateMachine(JSON.parse(deployed), { validationOptions: { checkPaths: false, checkArn: false } });
  const execution = machine.run(jobRef as Parameters<StateMachine['run']>[0], {
    overrides: {
      taskResourceLocalHandlers: {
        Prepare: async (input: unknown) => {
          const options = { speakersPerBatch: 2, maxConcurrency: 2, timeLeft: () => 900_000 };
          const prepared = await prepareState(jobRefSchema.parse(input), options, deps);
          seen.push(prepared);
          return JSON.parse(JSON.stringify(prepared));
        },
        EnrollBatch: async (input: unknown) => {
          seen.push(input);
          if (failing(calls++)) throw new Error('The function died');
          await enrollBatch(inputSchema.parse(input), () => 900_000, deps);
          return null;
        },
        Merge: async (input: unknown) => {
          seen.push(input);
          await mergeState(jobRefSchema.parse(input), deps);
          return null;
        },
      },
      retryIntervalOverrides: { Prepare: 0, EnrollBatch: 0, Merge: 0 },
    },
  });
  await execution.result;
  return JSON.stringify(seen);
}

test('a job fanned out gives the rows that the local worker pool gives, and no state sees a speaker', async () => {
  await put('manifests', 'm.json', JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests: requests }));
  const next: string[] = [];
  const deps = jobDeps(async (kind, domainId) => void next.push(`${kind} ${domainId}`));

  const localDomain = await domain('local');
  const localJob = await start({ ...deps, wake: () => undefined }, localDomain, 'm');
  const logger = deps.logger;
  const dynamoDb = engine.dynamoDb;
  const local = await createEngine({ settings, s3, dynamoDb, pool: { ...pool, close: async () => undefined }, logger });
  await local.start(); // takes up what waits
  expect((await ended(deps, localDomain, localJob)).status).toBe('COMPLETED_WITH_ERRORS');
  await local.stop();

  const fannedDomain = await domain('fanned');
  const jobId = await start(deps, fannedDomain, 'm');
  next.length = 0;
  const seen = await runMachine(deps, { kind: KIND, domainId: fannedDomain, jobId });
  const job = (await deps.store.jobs.get(KIND, fannedDomain, jobId))?.job;
  expect(job).toMatchObject({ status: 'COMPLETED_WITH_ERRORS', percentComplete: 100 });

  const rows = rowsOf(await json('results', `out/${jobId}/m.json.out`));
  expect(rows).toHaveLength(requests.length);
  expect(rows).toEqual(rowsOf(await json('results', `out/${localJob}/m.json.out`)));
  expect(rows).toContainEqual(expect.objectContaining({ RequestId: 'r0', EnrollmentStatus: 'NEW_ENROLLMENT' }));
  expect(rows).toContainEqual(expect.objectContaining({ RequestId: 'r5', EnrollmentStatus: 'DUPLICATE_SKIPPED' }));
  expect(seen).not.toContain('speaker-');
  expect(seen).not.toContain('.wav');

  expect(next).toEqual([`${KIND} ${fannedDomain}`]);
  expect(await deps.store.jobs.queued(KIND, fannedDomain)).toEqual([]);
  for await (const { place } of deps.store.jobs.requests(jobId)) throw new Error(`Request ${place} is left`);
});

test('a batch that fails for good leaves a row for each of its requests', async () => {
  await put('manifests', 'n.json', JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests: requests }));
  const deps = jobDeps(async () => undefined);
  const domainId = await domain('failing');
  const jobId = await start(deps, domainId, 'n');
  await runMachine(deps, { kind: KIND, domainId, jobId }, () => true);
  const output = await json('results', `out/${jobId}/n.json.out`);
  expect(output.SuccessfulEnrollments).toEqual([]);
  expect(output.Errors).toHaveLength(requests.length);
  expect(new Set(output.Errors.map((row: { ErrorCode: number }) => row.ErrorCode))).toEqual(new Set([500]));
});
