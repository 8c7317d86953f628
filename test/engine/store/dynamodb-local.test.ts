import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateDomainCommand,
  DeleteDomainCommand,
  DescribeDomainCommand,
  DescribeSpeakerEnrollmentJobCommand,
  OptOutSpeakerCommand,
  StartSpeakerEnrollmentJobCommand,
  VoiceIDClient,
} from '@aws-sdk/client-voice-id';
import { serve } from '@hono/node-server';
import { expect, it } from 'vitest';
import { createEngine } from '../../../engine/app.ts';
import { randomId } from '../../../engine/store/ids.ts';
import { ACCESS_KEY, ear, pool, ROLE, settings, startTestEngine } from '../harness.ts';

/**
 * The engine on DynamoDB Local, which is Amazon's own. Java is not asked for by the tests: start it as docs/operations.md
 * says, and give its address, http://127.0.0.1:8000, in VIVAVOCE_DYNAMODB_LOCAL. Skipped without.
 */
const endpoint = process.env.VIVAVOCE_DYNAMODB_LOCAL;

it.skipIf(endpoint === undefined)('the engine does its work on DynamoDB Local', async () => {
  // For S3 alone.
  const services = await startTestEngine({}, pool, undefined, { works: false });
  const dynamoDb = new DynamoDBClient({
    region: 'us-east-1',
    // It takes letters and digits alone.
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    ...(endpoint !== undefined && { endpoint }),
  });
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const own = { ...settings, tableName: `vivavoce-${randomId()}` };
  const engine = await createEngine({ settings: own, s3: services.s3, dynamoDb, pool, ear, logger });
  await engine.start();
  const server = serve({ fetch: engine.fetch, port: 0, hostname: '127.0.0.1' });
  try {
    if (!server.listening) await new Promise<void>((done) => void server.once('listening', () => done()));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const client = new VoiceIDClient({
      region: 'us-east-1',
      credentials: ACCESS_KEY,
      endpoint: `http://127.0.0.1:${port}`,
    });
    const put = (Bucket: string, Key: string, Body: string | Uint8Array) =>
      services.s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    const KmsKeyId = 'alias/k';
    const { Domain } = await client.send(
      new CreateDomainCommand({ Name: 'local', ServerSideEncryptionConfiguration: { KmsKeyId } }),
    );
    const DomainId = Domain?.DomainId;
    await client.send(new OptOutSpeakerCommand({ DomainId, SpeakerId: 'speaker-7' }));
    await put('recordings', 'a.wav', Uint8Array.from([1, 0, 0, 0]));
    // More than one transaction holds.
    const SpeakerEnrollmentRequests = Array.from({ length: 250 }, (_, i) => ({
      RequestId: `r${i}`,
      SpeakerId: `speaker-${i}`,
      AudioSpecifications: [{ S3Uri: 's3://recordings/a.wav', ChannelId: 0 }],
    }));
    await put('manifests', 'm.json', JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests }));
    const { Job } = await client.send(
      new StartSpeakerEnrollmentJobCommand({
        DomainId,
        DataAccessRoleArn: ROLE,
        InputDataConfig: { S3Uri: 's3://manifests/m.json' },
        OutputDataConfig: { S3Uri: 's3://results/out' },
      }),
    );
    const describe = new DescribeSpeakerEnrollmentJobCommand({ DomainId, JobId: Job?.JobId });
    let job = Job;
    while (job?.EndedAt === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      ({ Job: job } = await client.send(describe));
    }
    expect(job.JobStatus).toBe('COMPLETED_WITH_ERRORS');
    const Key = `out/${Job?.JobId}/m.json.out`;
    const { Body } = await services.s3.send(new GetObjectCommand({ Bucket: 'results', Key }));
    const output = JSON.parse((await Body?.transformToString()) ?? '');
    expect(output.Errors).toMatchObject([{ RequestId: 'r7', ErrorCode: 409 }]);
    expect(output.SuccessfulEnrollments).toHaveLength(249);
    await client.send(new DeleteDomainCommand({ DomainId }));
    await expect(client.send(new DescribeDomainCommand({ DomainId }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  } finally {
    server.close();
    await engine.stop();
    await services.stop();
  }
});
