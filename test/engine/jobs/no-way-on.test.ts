import { CreateDomainCommand, StartSpeakerEnrollmentJobCommand } from '@aws-sdk/client-voice-id';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { EngineDeps } from '../../../engine/deps.ts';
import { MOST_ATTEMPTS } from '../../../engine/jobs/begin-attempt.ts';
import { prepareJob } from '../../../engine/jobs/prepare-job.ts';
import { DomainVoices } from '../../../engine/scores/domain-voices.ts';
import { createStore } from '../../../engine/store/store.ts';
import { pool, ROLE, settings, startTestEngine, type TestEngine } from '../harness.ts';

let engine: TestEngine;
beforeEach(async () => {
  engine = await startTestEngine({}, pool, undefined, { works: false });
});
afterEach(() => engine.stop());

it('a job whose input S3 never gives ends, with what S3 said, and is in no other job’s way', async () => {
  const { client, dynamoDb } = engine;
  const encryption = { ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/test' } };
  const { Domain } = await client.send(new CreateDomainCommand({ Name: 'no-way-on', ...encryption }));
  const domainId = Domain?.DomainId ?? '';
  const { Job } = await client.send(
    new StartSpeakerEnrollmentJobCommand({
      DomainId: domainId,
      DataAccessRoleArn: ROLE,
      InputDataConfig: { S3Uri: 's3://manifests/m.json' },
      OutputDataConfig: { S3Uri: 's3://results/out' },
    }),
  );
  const ref = { kind: 'ENROLLMENT', domainId, jobId: Job?.JobId ?? '' } as const;
  const store = createStore(dynamoDb, settings);
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const now = () => engine.clock.now;
  const slowDown = Object.assign(new Error('Please reduce your request rate.'), {
    name: 'SlowDown',
    $metadata: { httpStatusCode: 503 },
  });
  const deps: EngineDeps = {
    settings,
    store,
    pool,
    voices: new DomainVoices({ store, pool, logger, now }),
    access: () => Promise.reject(slowDown),
    publish: async () => undefined,
    measure: () => undefined,
    wake: () => undefined,
    sleep: async () => undefined,
    now,
    logger,
  };
  for (let tries = 0; tries < MOST_ATTEMPTS; tries++)
    await expect(prepareJob(ref, () => 1, deps)).rejects.toBe(slowDown);
  expect(await prepareJob(ref, () => 1, deps)).toBeUndefined();
  const job = (await store.jobs.get(ref.kind, domainId, ref.jobId))?.job;
  expect(job).toMatchObject({ status: 'FAILED', failure: { statusCode: 500 } });
  expect(job?.failure?.message).toContain('SlowDown (Please reduce your request rate.)');
  expect(await store.jobs.queued(ref.kind, domainId)).toEqual([]);
});
