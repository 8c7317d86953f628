import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateDomainCommand, StartSpeakerEnrollmentJobCommand } from '@aws-sdk/client-voice-id';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { EngineDeps } from '../../../engine/deps.ts';
import { ConcurrentChangeError } from '../../../engine/errors.ts';
import { MOST_ATTEMPTS } from '../../../engine/jobs/begin-attempt.ts';
import { realTime } from '../../../engine/jobs/peers.ts';
import { prepareJob } from '../../../engine/jobs/prepare-job.ts';
import { Runner } from '../../../engine/jobs/runner.ts';
import { DomainVoices } from '../../../engine/scores/domain-voices.ts';
import { createStore } from '../../../engine/store/store.ts';
import { pool, ROLE, settings, startTestEngine, type TestEngine } from '../harness.ts';

let engine: TestEngine;
beforeEach(async () => {
  engine = await startTestEngine({}, pool, undefined, { works: false });
});
afterEach(() => engine.stop());

/** A job that waits, and what works on it is given `access`. */
async function waiting(access: EngineDeps['access']) {
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
  const store = createStore(dynamoDb, settings);
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const now = () => engine.clock.now;
  const deps: EngineDeps = {
    settings,
    store,
    pool,
    voices: new DomainVoices({ store, pool, logger, now }),
    access,
    publish: async () => undefined,
    measure: () => undefined,
    wake: () => undefined,
    sleep: async () => undefined,
    now,
    logger,
  };
  return { ref: { kind: 'ENROLLMENT', domainId, jobId: Job?.JobId ?? '' } as const, deps };
}

it('a job whose input S3 never gives ends, with what S3 said, and is in no other job’s way', async () => {
  const slowDown = Object.assign(new Error('Please reduce your request rate.'), {
    name: 'SlowDown',
    $metadata: { httpStatusCode: 503 },
  });
  const { ref, deps } = await waiting(() => Promise.reject(slowDown));
  const { store } = deps;
  for (let tries = 0; tries < MOST_ATTEMPTS; tries++)
    await expect(prepareJob(ref, () => 1, deps)).rejects.toBe(slowDown);
  expect(await prepareJob(ref, () => 1, deps)).toBeUndefined();
  const job = (await store.jobs.get(ref.kind, ref.domainId, ref.jobId))?.job;
  expect(job).toMatchObject({ status: 'FAILED', failure: { statusCode: 500 } });
  expect(job?.failure?.message).toContain('SlowDown (Please reduce your request rate.)');
  expect(await store.jobs.queued(ref.kind, ref.domainId)).toEqual([]);
});

it('an engine that comes late with its preparation takes nothing from the one that has prepared the job since', async () => {
  const request = (RequestId: string) => ({
    RequestId,
    SpeakerId: RequestId,
    AudioSpecifications: [{ S3Uri: 's3://recordings/a.wav', ChannelId: 0 }],
  });
  const SpeakerEnrollmentRequests = ['one', 'two', 'three'].map(request);
  const Body = JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests });
  await engine.s3.send(new PutObjectCommand({ Bucket: 'manifests', Key: 'm.json', Body }));
  let goOn = (): void => undefined;
  const later = new Promise<void>((done) => {
    goOn = done;
  });
  let calls = 0;
  const { ref, deps } = await waiting(async () => {
    // The first of them stands still before it reads.
    if (calls++ === 0) await later;
    return engine.s3;
  });
  const late = prepareJob(ref, () => 1, deps);
  await expect.poll(() => calls).toBe(1);
  const prepared = await prepareJob(ref, () => 1, deps);
  expect(prepared?.batchEnds).toEqual([1, 2, 3]);
  goOn();
  await expect(late).rejects.toThrow(ConcurrentChangeError);
  const found = [];
  for await (const { entry } of deps.store.jobs.requests(ref.jobId)) found.push(entry?.request.RequestId);
  expect(found).toEqual(['one', 'two', 'three']);
});

it('a batch that fails each time counts it, is given up after the sixth, and is in no other batch’s way', async () => {
  const request = (SpeakerId: string) => ({
    RequestId: SpeakerId,
    SpeakerId,
    AudioSpecifications: [{ S3Uri: `s3://recordings/${SpeakerId}.wav`, ChannelId: 0 }],
  });
  const speakers = ['bad', 'good-1', 'good-2', 'good-3'];
  const Body = JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests: speakers.map(request) });
  await engine.s3.send(new PutObjectCommand({ Bucket: 'manifests', Key: 'm.json', Body }));
  for (const [who, name] of speakers.entries()) {
    const bytes = Uint8Array.from({ length: 4 }, (_, at) => (at === who ? 1 : 0));
    await engine.s3.send(new PutObjectCommand({ Bucket: 'recordings', Key: `${name}.wav`, Body: bytes }));
  }
  /** What the batch's lease counts while it is worked on, each time. */
  const counted: number[] = [];
  const { ref, deps } = await waiting(async (_job, { read = [] }) => {
    if (!read.includes('recordings/bad.wav')) return engine.s3;
    counted.push((await deps.store.leases.of(ref.jobId)).get('0')?.attempts ?? 0);
    throw new Error('A fault of the engine.');
  });
  const runner = new Runner(() => ({ ...deps, sleep: () => sleep(5) }), realTime);
  await runner.start(false);
  const status = async () => (await deps.store.jobs.get(ref.kind, ref.domainId, ref.jobId))?.job.status;
  await expect.poll(status, { timeout: 60_000 }).toBe('COMPLETED_WITH_ERRORS');
  await runner.stop();
  expect(counted).toEqual([1, 2, 3, 4, 5, 6]);
  const Key = `out/${ref.jobId}/m.json.out`;
  const { Body: file } = await engine.s3.send(new GetObjectCommand({ Bucket: 'results', Key }));
  const output = JSON.parse((await file?.transformToString()) ?? '');
  expect(output.Errors).toMatchObject([{ RequestId: 'bad', ErrorCode: 500 }]);
  expect(output.SuccessfulEnrollments.map((row: { RequestId: string }) => row.RequestId)).toEqual(speakers.slice(1));
});
