import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateDomainCommand,
  DeleteDomainCommand,
  DescribeSpeakerEnrollmentJobCommand,
  ListSpeakersCommand,
  OptOutSpeakerCommand,
  StartSpeakerEnrollmentJobCommand,
} from '@aws-sdk/client-voice-id';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest';
import { ROLE, settings, startTestEngine, type TestEngine } from '../harness.ts';
import { itemsOf } from '../items-of.ts';

/** VIVAVOCE_ERASED_SPEAKERS=600 VIVAVOCE_ERASED_DOMAINS=10 for a long run. */
const SPEAKERS = Number(process.env.VIVAVOCE_ERASED_SPEAKERS ?? 60);
const DOMAINS = Number(process.env.VIVAVOCE_ERASED_DOMAINS ?? 2);
/** Decides when a domain is deleted; told of a run that fails. */
const SEED = Number(process.env.VIVAVOCE_ERASED_SEED ?? Date.now() % 1_000_000_000);
/** Jobs started, one after another, around the deletion. */
const MEANWHILE = 5;
const PATIENCE_MS = 300_000;

let one: TestEngine;
let other: Awaited<ReturnType<TestEngine['another']>>;

beforeAll(async () => {
  one = await startTestEngine();
  other = await one.another();
});

afterAll(async () => {
  await other.stop();
  await one.stop();
});

/** Milliseconds from the first of the jobs to the deletion: some jobs come before, some after, one may come between. */
const waits = fc.sample(fc.integer({ min: 0, max: 25 }), { numRuns: DOMAINS, seed: SEED });

it.each(waits)(
  'jobs that are started at one engine while another deletes their domain leave nothing in it, after %d ms',
  async (wait) => {
    const sizes = `VIVAVOCE_ERASED_SPEAKERS=${SPEAKERS} VIVAVOCE_ERASED_DOMAINS=${DOMAINS}`;
    onTestFailed(() =>
      console.error(
        `Again: ${sizes} VIVAVOCE_ERASED_SEED=${SEED} npx vitest run test/engine/jobs/erased-domain.test.ts`,
      ),
    );
    const put = (Bucket: string, Key: string, Body: string | Uint8Array) =>
      one.s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    const { Domain } = await one.client.send(
      new CreateDomainCommand({ Name: 'd', ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/k' } }),
    );
    const DomainId = Domain?.DomainId ?? '';
    const SpeakerEnrollmentRequests = Array.from({ length: SPEAKERS }, (_, i) => ({
      RequestId: `r${i}`,
      SpeakerId: `speaker-${i}`,
      AudioSpecifications: [{ S3Uri: 's3://recordings/a.wav', ChannelId: 0 }],
    }));
    await put('recordings', 'a.wav', Uint8Array.from([1, 0, 0, 0]));
    await put('manifests', 'm.json', JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests }));
    const jobIds: string[] = [];
    const start = async (ClientToken: string) => {
      const { Job } = await other.client.send(
        new StartSpeakerEnrollmentJobCommand({
          ClientToken,
          DomainId,
          DataAccessRoleArn: ROLE,
          InputDataConfig: { S3Uri: 's3://manifests/m.json' },
          OutputDataConfig: { S3Uri: 's3://results/out' },
        }),
      );
      const JobId = Job?.JobId ?? '';
      jobIds.push(JobId);
      return new DescribeSpeakerEnrollmentJobCommand({ DomainId, JobId });
    };
    const describe = await start('before');
    await expect
      .poll(async () => (await one.client.send(describe)).Job?.JobStatus, { timeout: PATIENCE_MS })
      .toBe('COMPLETED');
    await one.client.send(new OptOutSpeakerCommand({ DomainId, SpeakerId: 'speaker-0' }));
    const { SpeakerSummaries } = await one.client.send(new ListSpeakersCommand({ DomainId, MaxResults: 100 }));
    expect(SpeakerSummaries).toHaveLength(Math.min(100, SPEAKERS));

    const refusals: unknown[] = [];
    const starting = async () => {
      for (let i = 0; i < MEANWHILE; i++) {
        try {
          await start(`meanwhile-${i}`);
        } catch (error) {
          refusals.push(error);
        }
      }
    };
    const deleting = async () => {
      await sleep(wait);
      for (;;) {
        try {
          await one.client.send(new DeleteDomainCommand({ DomainId }));
          return;
        } catch (error) {
          // A job came first: it has to end.
          if (!(error instanceof Error && error.name === 'ConflictException')) throw error;
        }
      }
    };
    await Promise.all([deleting(), starting()]);
    const refused = { name: expect.stringMatching(/^(Conflict|ResourceNotFound)Exception$/) };
    await expect(start('after')).rejects.toMatchObject(refused);
    for (const error of refusals) expect(error).toMatchObject(refused);

    const left = async () =>
      (await itemsOf(one.dynamoDb, settings.tableName)).filter((item) =>
        [DomainId, ...jobIds].some((id) => item.includes(id)),
      );
    await expect.poll(left, { timeout: PATIENCE_MS, interval: 200 }).toEqual([]);
  },
  PATIENCE_MS,
);
