import { PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateDomainCommand,
  DescribeSpeakerEnrollmentJobCommand,
  StartSpeakerEnrollmentJobCommand,
} from '@aws-sdk/client-voice-id';
import { expect, it } from 'vitest';
import { pool, ROLE, startTestEngine } from '../harness.ts';

const REQUESTS = 60;
/** Recordings that a job asks for at once, for each worker of the pool. */
const PREFETCH = 4;

it('a job on a slow S3 asks for a few recordings at once, not for all of them', async () => {
  const { client, s3, stop } = await startTestEngine();
  const encryption = { ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/test' } };
  const { Domain } = await client.send(new CreateDomainCommand({ Name: 'slow', ...encryption }));
  await s3.send(new PutObjectCommand({ Bucket: 'recordings', Key: 'anna.wav', Body: Uint8Array.from([1, 0, 0, 0]) }));
  const SpeakerEnrollmentRequests = Array.from({ length: REQUESTS }, (_, i) => ({
    RequestId: `request-${i}`,
    SpeakerId: `speaker-${i}`,
    AudioSpecifications: [{ S3Uri: 's3://recordings/anna.wav', ChannelId: 0 }],
  }));
  const Body = JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests });
  await s3.send(new PutObjectCommand({ Bucket: 'manifests', Key: 'slow.json', Body }));

  let waiting = 0;
  let most = 0;
  s3.middlewareStack.add(
    (next) => async (args) => {
      if (!('Key' in args.input && args.input.Key === 'anna.wav')) return next(args);
      most = Math.max(most, ++waiting);
      await new Promise((resolve) => setTimeout(resolve, 20));
      const answer = await next(args);
      waiting--;
      return answer;
    },
    { step: 'initialize' },
  );
  const DomainId = Domain?.DomainId;
  const { Job } = await client.send(
    new StartSpeakerEnrollmentJobCommand({
      DomainId,
      DataAccessRoleArn: ROLE,
      InputDataConfig: { S3Uri: 's3://manifests/slow.json' },
      OutputDataConfig: { S3Uri: 's3://results/out/' },
    }),
  );
  const describe = new DescribeSpeakerEnrollmentJobCommand({ DomainId, JobId: Job?.JobId });
  let job = Job;
  while (job?.EndedAt === undefined) job = (await client.send(describe)).Job;
  await stop();
  expect(job.JobStatus).toBe('COMPLETED');
  expect(most).toBe(PREFETCH * pool.width);
});
