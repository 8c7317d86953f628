import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateDomainCommand } from '@aws-sdk/client-voice-id';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSpeakerEnrollmentJob } from '../../../engine/api/operations/jobs.ts';
import type { EngineDeps } from '../../../engine/deps.ts';
import { mergeState } from '../../../engine/lambda/merge-state.ts';
import { prepareState } from '../../../engine/lambda/prepare-state.ts';
import { DomainVoices } from '../../../engine/scores/domain-voices.ts';
import { createStore } from '../../../engine/store/store.ts';
import { pool, ROLE, settings, startTestEngine, type TestEngine } from '../harness.ts';

const REQUESTS = 10_000;
const KIND = 'ENROLLMENT';
let engine: TestEngine;
beforeAll(async () => {
  engine = await startTestEngine({}, pool, undefined, { works: false });
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
  const deps: EngineDeps = {
    settings,
    store,
    pool,
    voices: new DomainVoices({ store, pool, logger, now: Date.now }),
    access: () => s3,
    publish: async () => undefined,
    wake: () => undefined,
    measure: () => undefined,
    now: Date.now,
    logger,
    sleep: async () => undefined,
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

  const prepared = await prepareState(ref, { speakersPerBatch: 5, maxConcurrency: 100, timeLeft: () => 900_000 }, deps);
  if (prepared.next !== 'RUN') throw new Error('Not prepared');
  const { batches } = prepared;
  // What a state may hold is 256 KiB.
  expect(JSON.stringify(prepared).length).toBeLessThan(100_000);
  expect(batches.at(-1)?.to).toBe(REQUESTS);
  expect(batches).toHaveLength(9_000 / 5);
  // Without a gap and without an overlap.
  batches.reduce((end, { from, to }) => {
    expect(from).toBe(end);
    return to;
  }, 0);

  await mergeState(ref, deps);
  const { Errors, SuccessfulEnrollments } = await json('results', `out/${jobId}/large.json.out`);
  expect(SuccessfulEnrollments).toEqual([]);
  expect(Errors.map(({ RequestId }: { RequestId: string }) => RequestId)).toEqual(
    SpeakerEnrollmentRequests.map(({ RequestId }) => RequestId),
  );
  const job = (await deps.store.jobs.get(KIND, domainId, jobId))?.job;
  expect(job).toMatchObject({ status: 'COMPLETED_WITH_ERRORS', percentComplete: 100 });
  for await (const { place } of deps.store.jobs.requests(jobId)) throw new Error(`Request ${place} is left`);
}, 180_000);
