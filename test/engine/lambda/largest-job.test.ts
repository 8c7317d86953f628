import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateDomainCommand } from '@aws-sdk/client-voice-id';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSpeakerEnrollmentJob } from '../../../engine/api/operations/jobs.ts';
import type { StartingJobDeps } from '../../../engine/lambda/job-deps.ts';
import { batchSchema } from '../../../engine/lambda/job-files.ts';
import { mergeJob } from '../../../engine/lambda/merge-job.ts';
import { prepareJob } from '../../../engine/lambda/prepare-job.ts';
import { DomainVoices } from '../../../engine/scores/domain-voices.ts';
import { createStore } from '../../../engine/store/store.ts';
import { pool, ROLE, settings, startTestEngine, type TestEngine } from '../harness.ts';

const REQUESTS = 10_000;
const KIND = 'ENROLLMENT';
let engine: TestEngine;
beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(() => engine.stop());

test('the largest manifest is split, merged and ended, even if no batch of it succeeds', async () => {
  const { s3, dynamoDb, client } = engine;
  const json = async (Bucket: string, Key: string) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return JSON.parse((await Body?.transformToString()) ?? '');
  };
  const store = createStore(dynamoDb, settings);
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const deps: StartingJobDeps = {
    settings,
    store,
    pool,
    voices: new DomainVoices({ store, pool, logger, now: Date.now }),
    s3For: () => s3,
    publish: async () => undefined,
    wake: () => undefined,
    now: Date.now,
    logger,
    files: { s3, bucket: 'manifests' },
    access: async () => s3,
    startNext: async () => undefined,
  };
  const { Domain } = await client.send(
    new CreateDomainCommand({ Name: 'large', ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/test' } }),
  );
  const domainId = Domain?.DomainId ?? '';
  const SpeakerEnrollmentRequests = Array.from({ length: REQUESTS }, (_, i) => ({
    RequestId: `request-${i}`,
    SpeakerId: `customer-${i % 9_000}`,
    AudioSpecifications: [{ S3Uri: `s3://recordings/${i}.wav`, ChannelId: 0 }],
  }));
  const Body = JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests });
  await s3.send(new PutObjectCommand({ Bucket: 'manifests', Key: 'large.json', Body }));
  const answer = await startSpeakerEnrollmentJob(
    {
      DomainId: domainId,
      DataAccessRoleArn: ROLE,
      InputDataConfig: { S3Uri: 's3://manifests/large.json' },
      OutputDataConfig: { S3Uri: 's3://results/out' },
    },
    deps,
  );
  const jobId = (answer as { Job: { JobId: string } }).Job.JobId;
  const ref = { kind: KIND, domainId, jobId } as const;

  const prepared = await prepareJob(ref, { ...deps, speakersPerBatch: 5, maxConcurrency: 100 });
  if (prepared.next !== 'RUN') throw new Error('Not prepared');
  expect(prepared.total).toBe(REQUESTS);
  const batches = batchSchema.array().parse(await json(prepared.batches.bucket, prepared.batches.key));
  expect(batches).toHaveLength(9_000 / 5);
  // Without a gap and without an overlap.
  batches.reduce((end, { from, to }) => {
    expect(from).toBe(end);
    return to;
  }, 0);

  await mergeJob(ref, deps);
  const { Errors, SuccessfulEnrollments } = await json('results', `out/${jobId}/large.json.out`);
  expect(SuccessfulEnrollments).toEqual([]);
  expect(Errors.map(({ RequestId }: { RequestId: string }) => RequestId)).toEqual(
    SpeakerEnrollmentRequests.map(({ RequestId }) => RequestId),
  );
  const job = (await deps.store.jobs.get(KIND, domainId, jobId))?.job;
  expect(job).toMatchObject({ status: 'COMPLETED_WITH_ERRORS', percentComplete: 100 });
  for await (const row of deps.store.jobs.rows(jobId)) throw new Error(`Row ${row.index} is left`);
}, 180_000);
