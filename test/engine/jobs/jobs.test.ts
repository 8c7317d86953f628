import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  AssociateFraudsterCommand,
  CreateDomainCommand,
  CreateWatchlistCommand,
  DeleteFraudsterCommand,
  DeleteWatchlistCommand,
  DescribeFraudsterCommand,
  DescribeFraudsterRegistrationJobCommand,
  DescribeSpeakerCommand,
  DescribeSpeakerEnrollmentJobCommand,
  DisassociateFraudsterCommand,
  type EnrollmentConfig,
  ListFraudstersCommand,
  ListSpeakersCommand,
  OptOutSpeakerCommand,
  type RegistrationConfig,
  type SpeakerEnrollmentJob,
  StartFraudsterRegistrationJobCommand,
  StartSpeakerEnrollmentJobCommand,
} from '@aws-sdk/client-voice-id';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { batchesOf } from '../../../engine/store/jobs.ts';
import { createStore } from '../../../engine/store/store.ts';
import { pool, ROLE, settings, startTestEngine, type TestEngine } from '../harness.ts';

const rowSchema = z.object({
  RequestId: z.string(),
  EnrollmentStatus: z.string().optional(),
  RegistrationStatus: z.string().optional(),
  GeneratedFraudsterId: z.string().optional(),
  FraudsterSimilarityScore: z.number().optional(),
  ErrorCode: z.number().optional(),
  ErrorMessage: z.string().optional(),
});
const outputSchema = z.object({
  Errors: z.array(rowSchema),
  SuccessfulEnrollments: z.array(rowSchema).default([]),
  SuccessfulRegistrations: z.array(rowSchema).default([]),
  SameVoice: z.array(z.looseObject({ RequestIds: z.array(z.string()) })).optional(),
});

/** Voices: the bytes of a recording are its embedding, so that these have a cosine of 1, 0 and in between. */
const VOICES = { anna: [1, 0, 0, 0], bert: [0, 1, 0, 0], cora: [0, 0, 1, 0] };

let engine: TestEngine;
let DomainId: string;

beforeEach(async () => {
  engine = await startTestEngine();
  await prepare();
});

afterEach(() => engine.stop());

async function prepare(): Promise<void> {
  const encryption = { ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/test' } };
  const { Domain } = await engine.client.send(new CreateDomainCommand({ Name: 'jobs', ...encryption }));
  DomainId = Domain?.DomainId ?? '';
  for (const [name, bytes] of Object.entries(VOICES)) await put('recordings', `${name}.wav`, Uint8Array.from(bytes));
}

async function put(Bucket: string, Key: string, Body: string | Uint8Array): Promise<void> {
  await engine.s3.send(new PutObjectCommand({ Bucket, Key, Body }));
}

const specification = (voice: string) => [{ S3Uri: `s3://recordings/${voice}.wav`, ChannelId: 0 }];
const common = (name: string) => ({
  DomainId,
  DataAccessRoleArn: ROLE,
  InputDataConfig: { S3Uri: `s3://manifests/${name}.json` },
  OutputDataConfig: { S3Uri: 's3://results/out/' },
});

async function ended(describe: () => Promise<SpeakerEnrollmentJob | undefined>): Promise<SpeakerEnrollmentJob> {
  for (;;) {
    const job = await describe();
    if (job?.EndedAt !== undefined) return job;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function outputOf(job: SpeakerEnrollmentJob, name: string) {
  const Key = `out/${job.JobId}/${name}.json.out`;
  const { Body } = await engine.s3.send(new GetObjectCommand({ Bucket: 'results', Key }));
  return outputSchema.parse(JSON.parse((await Body?.transformToString()) ?? ''));
}

/** `[speaker, voice]` each; resolves once the job has ended. */
async function enroll(name: string, requests: readonly (readonly [string, string])[], config?: EnrollmentConfig) {
  const SpeakerEnrollmentRequests = requests.map(([SpeakerId, voice], index) => ({
    RequestId: `r${index}`,
    SpeakerId,
    AudioSpecifications: specification(voice),
  }));
  await put('manifests', `${name}.json`, JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests }));
  const start = new StartSpeakerEnrollmentJobCommand({ ...common(name), EnrollmentConfig: config });
  const { Job } = await engine.client.send(start);
  const describe = new DescribeSpeakerEnrollmentJobCommand({ DomainId, JobId: Job?.JobId });
  const job = await ended(async () => (await engine.client.send(describe)).Job);
  return { job, output: job.JobStatus === 'FAILED' ? undefined : await outputOf(job, name) };
}

it('batches get smaller towards the end of a job: none is left over for one lane while the others have nothing to do', async () => {
  const { job } = await enroll(
    'batches',
    Array.from({ length: 200 }, (_, i) => [`speaker-${i}`, 'missing']),
  );
  const { jobs } = createStore(engine.dynamoDb, settings);
  const ends = (await jobs.get('ENROLLMENT', DomainId, job.JobId ?? ''))?.job.batchEnds ?? [];
  const sizes = batchesOf(ends).map(({ from, to }) => to - from);
  expect(ends.at(-1)).toBe(200);
  expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
  expect(sizes.slice(-8)).toEqual(Array(8).fill(1));
  expect(sizes.length).toBeLessThan(60);
});

async function register(name: string, voices: readonly string[], config?: RegistrationConfig) {
  const FraudsterRegistrationRequests = voices.map((voice, index) => ({
    RequestId: `f${index}`,
    AudioSpecifications: specification(voice),
  }));
  await put('manifests', `${name}.json`, JSON.stringify({ Version: '1.0', FraudsterRegistrationRequests }));
  const start = new StartFraudsterRegistrationJobCommand({ ...common(name), RegistrationConfig: config });
  const { Job } = await engine.client.send(start);
  const describe = new DescribeFraudsterRegistrationJobCommand({ DomainId, JobId: Job?.JobId });
  const job = await ended(async () => (await engine.client.send(describe)).Job);
  return { job, output: await outputOf(job, name) };
}

const statuses = (output: z.infer<typeof outputSchema> | undefined) =>
  output?.SuccessfulEnrollments.map((row) => row.EnrollmentStatus);

describe('an enrollment job', () => {
  it('enrolls new speakers, skips known ones, and overwrites where it is told to', async () => {
    const first = await enroll('first', [
      ['a', 'anna'],
      ['b', 'bert'],
    ]);
    expect(first.job.JobStatus).toBe('COMPLETED');
    expect(first.job.JobProgress?.PercentComplete).toBe(100);
    expect(statuses(first.output)).toEqual(['NEW_ENROLLMENT', 'NEW_ENROLLMENT']);
    const second = await enroll('second', [
      ['a', 'cora'],
      ['c', 'cora'],
    ]);
    expect(statuses(second.output)).toEqual(['DUPLICATE_SKIPPED', 'NEW_ENROLLMENT']);
    const third = await enroll('third', [['a', 'cora']], { ExistingEnrollmentAction: 'OVERWRITE' });
    expect(statuses(third.output)).toEqual(['ENROLLMENT_OVERWRITE']);
  });

  it('keeps manifest order where a speaker comes twice', async () => {
    const skip = await enroll('skip', [
      ['a', 'missing'],
      ['a', 'anna'],
      ['a', 'bert'],
    ]);
    expect(skip.output?.Errors.map((row) => row.RequestId)).toEqual(['r0']);
    expect(statuses(skip.output)).toEqual(['NEW_ENROLLMENT', 'DUPLICATE_SKIPPED']);
    const both = await enroll(
      'both',
      [
        ['z', 'anna'],
        ['z', 'bert'],
      ],
      { ExistingEnrollmentAction: 'OVERWRITE' },
    );
    expect(statuses(both.output)).toEqual(['NEW_ENROLLMENT', 'ENROLLMENT_OVERWRITE']);
  });

  it('gives a request that fails its row, and leaves no speaker behind', async () => {
    await engine.client.send(new OptOutSpeakerCommand({ DomainId, SpeakerId: 'gone' }));
    const { job, output } = await enroll('mixed', [
      ['a', 'anna'],
      ['gone', 'bert'],
      ['x', 'missing'],
    ]);
    expect(job.JobStatus).toBe('COMPLETED_WITH_ERRORS');
    expect(output?.Errors.map((row) => [row.RequestId, row.ErrorCode])).toEqual([
      ['r1', 409],
      ['r2', 400],
    ]);
    expect(output?.Errors[1]?.ErrorMessage).toContain('s3://recordings/missing.wav');
    const describe = engine.client.send(new DescribeSpeakerCommand({ DomainId, SpeakerId: 'x' }));
    await expect(describe).rejects.toMatchObject({ ResourceType: 'SPEAKER' });
    const { Speaker } = await engine.client.send(new DescribeSpeakerCommand({ DomainId, SpeakerId: 'gone' }));
    expect(Speaker?.Status).toBe('OPTED_OUT');
  });

  it('fails as a whole where its manifest is none', async () => {
    await put('manifests', 'broken.json', '{"Version": "1.0"}');
    const { Job } = await engine.client.send(new StartSpeakerEnrollmentJobCommand(common('broken')));
    const describe = new DescribeSpeakerEnrollmentJobCommand({ DomainId, JobId: Job?.JobId });
    const job = await ended(async () => (await engine.client.send(describe)).Job);
    expect(job).toMatchObject({ JobStatus: 'FAILED', FailureDetails: { StatusCode: 400 } });
  });

  it('passes the key on with its output', async () => {
    await put(
      'manifests',
      'keyed.json',
      JSON.stringify({
        Version: '1.0',
        SpeakerEnrollmentRequests: [{ RequestId: 'r', SpeakerId: 'a', AudioSpecifications: specification('anna') }],
      }),
    );
    const OutputDataConfig = { S3Uri: 's3://results/out', KmsKeyId: 'alias/output' };
    const { Job } = await engine.client.send(
      new StartSpeakerEnrollmentJobCommand({ ...common('keyed'), OutputDataConfig }),
    );
    const describe = new DescribeSpeakerEnrollmentJobCommand({ DomainId, JobId: Job?.JobId });
    await ended(async () => (await engine.client.send(describe)).Job);
    const written = engine.s3Requests.find(({ method, url }) => method === 'PUT' && url.includes('keyed.json.out'));
    expect(written?.headers).toMatchObject({
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'alias/output',
    });
  });

  it('runs one at a time, first come first served', async () => {
    const names = ['one', 'two', 'three'];
    const requests = Array.from({ length: 20 }, (_, i) => i);
    const jobs = await Promise.all(
      names.map(async (name, index) => {
        await new Promise((resolve) => setTimeout(resolve, index * 100));
        return (
          await enroll(
            name,
            requests.map((i) => [`${name}-${i}`, 'anna'] as const),
          )
        ).job;
      }),
    );
    const times = jobs.map((job) => [job.CreatedAt?.getTime() ?? 0, job.EndedAt?.getTime() ?? 0]);
    expect(times.map(([created]) => created)).toEqual(times.map(([created]) => created).toSorted());
    expect(times.map(([, end]) => end)).toEqual(times.map(([, end]) => end).toSorted());
  });
});

describe('one voice under several names', () => {
  const limits = { oneRecording: 0.5, otherRecordings: 0.5, sameVoice: { least: 0.7, most: 0.8 } };
  const hearing = { ...pool, model: { ...pool.model, voices: limits } };
  const names = [
    ['a', 'anna'],
    ['b', 'bert'],
    ['c', 'anna'],
    ['d', 'cora'],
    ['e', 'anna'],
    ['a', 'anna'],
  ] as const;
  const overwrite: EnrollmentConfig = { ExistingEnrollmentAction: 'OVERWRITE' };

  async function startHearing(overrides: Parameters<typeof startTestEngine>[0]) {
    await engine.stop();
    engine = await startTestEngine(overrides, hearing);
    await prepare();
  }

  it('is told in the output file, and enrolled', async () => {
    await startHearing({});
    const { job, output } = await enroll('swapped', names, overwrite);
    expect(job.JobStatus).toBe('COMPLETED');
    expect(output?.SuccessfulEnrollments).toHaveLength(6);
    expect(output?.SameVoice).toEqual([{ RequestIds: ['r0', 'r2', 'r4', 'r5'] }]);
  });

  it('is told where the domain has it already, whoever enrolled it', async () => {
    await startHearing({});
    await enroll('before', [
      ['agent', 'anna'],
      ['other', 'cora'],
    ]);
    const { output } = await enroll('after', [
      ['b', 'bert'],
      ['c', 'anna'],
    ]);
    const { Speaker } = await engine.client.send(new DescribeSpeakerCommand({ DomainId, SpeakerId: 'agent' }));
    expect(output?.SameVoice).toEqual([{ RequestIds: ['r1'], GeneratedSpeakerIds: [Speaker?.GeneratedSpeakerId] }]);
  });

  it('is not told of one speaker’s own requests, nor of people who differ', async () => {
    await startHearing({});
    const { output } = await enroll(
      'honest',
      [
        ['a', 'anna'],
        ['a', 'anna'],
        ['b', 'bert'],
      ],
      overwrite,
    );
    expect(output?.SameVoice).toBeUndefined();
  });

  it('is refused where the setting says so, and leaves no print behind', async () => {
    await startHearing({ sameVoice: 'REFUSE' });
    await enroll('before', [['c', 'bert']]);
    const { job, output } = await enroll('swapped', names, overwrite);
    expect(job.JobStatus).toBe('COMPLETED_WITH_ERRORS');
    expect(output?.SuccessfulEnrollments.map((row) => row.RequestId)).toEqual(['r1', 'r3']);
    expect(output?.Errors.map((row) => [row.RequestId, row.ErrorCode])).toEqual([
      ['r0', 409],
      ['r2', 409],
      ['r4', 409],
      ['r5', 409],
    ]);
    expect(output?.Errors[1]?.ErrorMessage).toMatch(/found .*r0, r4, r5, expected/i);
    const { SpeakerSummaries } = await engine.client.send(new ListSpeakersCommand({ DomainId }));
    expect(SpeakerSummaries?.map((speaker) => speaker.CustomerSpeakerId).toSorted()).toEqual(['b', 'd']);
  });
});

describe('an engine that is stopped in the middle of a job', () => {
  it('goes on where it was: every request one row, nobody enrolled twice', async () => {
    await engine.stop();
    let extractions = 0;
    let release: () => void = () => undefined;
    const blocked = new Promise<void>((resolve) => {
      release = resolve;
    });
    engine = await startTestEngine(
      {},
      {
        ...pool,
        async extract(recordings, options) {
          extractions++;
          if (extractions > 10) await blocked;
          return pool.extract(recordings, options);
        },
      },
    );
    await prepare();
    const running = enroll(
      'long',
      Array.from({ length: 40 }, (_, i) => [`speaker-${i}`, 'anna'] as const),
    );
    while (extractions < 14) await new Promise((resolve) => setTimeout(resolve, 10));
    const restarted = engine.restart();
    release();
    await restarted;
    const { job, output } = await running;
    expect(job.JobStatus).toBe('COMPLETED');
    expect(output?.SuccessfulEnrollments.map((row) => row.RequestId)).toEqual(
      Array.from({ length: 40 }, (_, i) => `r${i}`),
    );
    expect(new Set(statuses(output))).toEqual(new Set(['NEW_ENROLLMENT']));
    expect(extractions).toBe(40);
    const { SpeakerSummaries } = await engine.client.send(new ListSpeakersCommand({ DomainId }));
    expect(SpeakerSummaries).toHaveLength(40);
  });
});

describe('fraudsters', () => {
  it('are registered, found again as duplicates, or registered anew', async () => {
    const first = await register('fraud', ['anna', 'bert']);
    expect(first.output.SuccessfulRegistrations.map((row) => row.RegistrationStatus)).toEqual([
      'NEW_REGISTRATION',
      'NEW_REGISTRATION',
    ]);
    const again = await register('again', ['anna']);
    expect(again.output.SuccessfulRegistrations).toMatchObject([
      {
        RegistrationStatus: 'DUPLICATE_SKIPPED',
        GeneratedFraudsterId: first.output.SuccessfulRegistrations[0]?.GeneratedFraudsterId,
        FraudsterSimilarityScore: 100,
      },
    ]);
    const anew = await register('anew', ['anna'], { DuplicateRegistrationAction: 'REGISTER_AS_NEW' });
    expect(anew.output.SuccessfulRegistrations[0]?.RegistrationStatus).toBe('NEW_REGISTRATION');
    const { FraudsterSummaries } = await engine.client.send(new ListFraudstersCommand({ DomainId }));
    expect(FraudsterSummaries).toHaveLength(3);
    const FraudsterId = FraudsterSummaries?.[0]?.GeneratedFraudsterId;
    const { Fraudster } = await engine.client.send(new DescribeFraudsterCommand({ DomainId, FraudsterId }));
    expect(Fraudster).toEqual(FraudsterSummaries?.[0]);
    await engine.client.send(new DeleteFraudsterCommand({ DomainId, FraudsterId }));
    const gone = engine.client.send(new DescribeFraudsterCommand({ DomainId, FraudsterId }));
    await expect(gone).rejects.toMatchObject({ name: 'ResourceNotFoundException', ResourceType: 'FRAUDSTER' });
  });

  it('are caught when they enroll, unless fraud is ignored, and others pass', async () => {
    await register('fraud', ['anna']);
    const caught = await enroll('caught', [
      ['honest', 'bert'],
      ['fraudster', 'anna'],
    ]);
    expect(statuses(caught.output)).toEqual(['NEW_ENROLLMENT']);
    expect(caught.output?.Errors).toMatchObject([{ RequestId: 'r1', ErrorCode: 400 }]);
    expect(caught.output?.Errors[0]?.ErrorMessage).toMatch(/fraud/i);
    const ignored = await enroll('ignored', [['fraudster', 'anna']], {
      FraudDetectionConfig: { FraudDetectionAction: 'IGNORE' },
    });
    expect(statuses(ignored.output)).toEqual(['NEW_ENROLLMENT']);
  });

  it('are on at least one watchlist, which stays while they are', async () => {
    const { output } = await register('fraud', ['anna']);
    const FraudsterId = output.SuccessfulRegistrations[0]?.GeneratedFraudsterId;
    const { Watchlist } = await engine.client.send(new CreateWatchlistCommand({ DomainId, Name: 'second' }));
    const WatchlistId = Watchlist?.WatchlistId;
    const { Fraudster } = await engine.client.send(
      new AssociateFraudsterCommand({ DomainId, FraudsterId, WatchlistId }),
    );
    expect(Fraudster?.WatchlistIds).toHaveLength(2);
    const deletion = engine.client.send(new DeleteWatchlistCommand({ DomainId, WatchlistId }));
    await expect(deletion).rejects.toMatchObject({
      name: 'ConflictException',
      ConflictType: 'CANNOT_DELETE_NON_EMPTY_WATCHLIST',
    });
    await engine.client.send(new DisassociateFraudsterCommand({ DomainId, FraudsterId, WatchlistId }));
    const [last] = Fraudster?.WatchlistIds ?? [];
    const fromLast = engine.client.send(new DisassociateFraudsterCommand({ DomainId, FraudsterId, WatchlistId: last }));
    await expect(fromLast).rejects.toMatchObject({ name: 'ValidationException' });
    const listed = await engine.client.send(new ListFraudstersCommand({ DomainId, WatchlistId: last }));
    expect(listed.FraudsterSummaries).toHaveLength(1);
    await engine.client.send(new DeleteWatchlistCommand({ DomainId, WatchlistId }));
  });
});
