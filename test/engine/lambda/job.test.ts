import { readFileSync } from 'node:fs';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { CreateDomainCommand } from '@aws-sdk/client-voice-id';
import { StateMachine } from 'aws-local-stepfunctions';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callers, recordCall } from '../../../cli/demo/callers.ts';
import { startSpeakerEnrollmentJob } from '../../../engine/api/operations/jobs.ts';
import type { EngineDeps } from '../../../engine/deps.ts';
import { enrollSpeakers, inputSchema } from '../../../engine/lambda/enroll-speakers.ts';
import type { StartingJobDeps } from '../../../engine/lambda/job-deps.ts';
import { mergeJob } from '../../../engine/lambda/merge-job.ts';
import { type Prepared, prepareJob } from '../../../engine/lambda/prepare-job.ts';
import { countRows } from '../../../engine/lambda/progress.ts';
import { jobRefSchema } from '../../../engine/lambda/start-next-job.ts';
import { DomainVoices } from '../../../engine/scores/domain-voices.ts';
import { createStore } from '../../../engine/store/store.ts';
import { createVoiceprintPool, type VoiceprintPool } from '../../../engine/voiceprint/pool.ts';
import { ROLE, settings, startTestEngine, type TestEngine } from '../harness.ts';
import { withInlineItems } from './machine-adapter.ts';

const KIND = 'ENROLLMENT';
let engine: TestEngine;
let pool: VoiceprintPool;
let s3: S3Client;

beforeAll(async () => {
  pool = await createVoiceprintPool({ workers: 2 });
  // Its restart must not take the voices away from the functions under test.
  engine = await startTestEngine({}, { ...pool, close: async () => undefined });
  s3 = engine.s3;
  for (const [index, caller] of callers.slice(0, 3).entries()) {
    await put('recordings', `${index}.wav`, await recordCall(caller));
  }
  await put('recordings', 'short.wav', await recordCall(callers[3] ?? { voice: 'slt' }, 0, 1));
});
afterAll(async () => {
  await engine.stop();
  await pool.close();
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
function jobDeps(startNext: StartingJobDeps['startNext']): StartingJobDeps {
  const store = createStore(engine.dynamoDb, settings);
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const deps: EngineDeps = {
    settings,
    store,
    pool,
    voices: new DomainVoices({ store, pool, logger, now: Date.now }),
    s3For: () => s3,
    publish: async () => undefined,
    wake: () => undefined,
    now: Date.now,
    logger,
  };
  return { ...deps, files: { s3, bucket: 'manifests' }, access: async () => s3, startNext };
}

async function start(deps: StartingJobDeps, DomainId: string, name: string) {
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

const ended = async (deps: StartingJobDeps, domainId: string, jobId: string) => {
  for (;;) {
    const job = (await deps.store.jobs.get(KIND, domainId, jobId))?.job;
    if (job?.endedAt !== undefined) return job;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

/** The deployed machine over the functions' own code. @returns what its states saw and the functions answered. */
async function runMachine(
  deps: StartingJobDeps,
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
          const prepared: Prepared = await prepareJob(jobRefSchema.parse(input), {
            ...deps,
            speakersPerBatch: 2,
            maxConcurrency: 2,
          });
          seen.push(prepared);
          if (prepared.next !== 'RUN') return prepared;
          return { ...prepared, items: await json(prepared.batches.bucket, prepared.batches.key) };
        },
        EnrollBatch: async (input: unknown) => {
          seen.push(input);
          if (failing(calls++)) throw new Error('The function died');
          return enrollSpeakers(inputSchema.parse(input), {
            ...deps,
            count: (jobId, rows) =>
              countRows(jobId, rows, { dynamoDb: engine.dynamoDb, tableName: settings.tableName, now: Date.now }),
            timeLeft: () => 900_000,
          });
        },
        Merge: async (input: unknown) => {
          seen.push(input);
          await mergeJob(jobRefSchema.parse(input), deps);
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
  await engine.restart(); // takes up what waits
  expect((await ended(deps, localDomain, localJob)).status).toBe('COMPLETED_WITH_ERRORS');

  const fannedDomain = await domain('fanned');
  const jobId = await start(deps, fannedDomain, 'm');
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
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'manifests', Prefix: 'jobs/' }));
  expect(Contents).toEqual([]);
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
