import { readFile } from 'node:fs/promises';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  ListExecutionsCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  CreateDomainCommand,
  DescribeSpeakerEnrollmentJobCommand,
  ListSpeakerEnrollmentJobsCommand,
  ListSpeakersCommand,
} from '@aws-sdk/client-voice-id';
import { expect, it } from 'vitest';
import { callers } from '../../cli/demo/callers.ts';
import { outputFileSchema } from '../../functions/enrollment/ending.ts';
import { executionSchema, outcome } from '../../functions/enrollment/execution.ts';
import { substitute } from '../../local/step-functions/execution.ts';
import { ACCESS_KEY, ROLE } from '../engine/harness.ts';
import { spawnEngine } from '../engine/process.ts';
import { invokeFunction } from '../functions/process.ts';
import { recordCall } from '../speech.ts';
import { motoServer, NOT_INSTALLED, startMoto } from './moto-server.ts';

const RECORDINGS = ['anna.wav', 'missing.wav', 'archived.wav'];
const manifest = JSON.stringify({
  Version: '1.0',
  SpeakerEnrollmentRequests: RECORDINGS.map((recording, index) => ({
    RequestId: recording,
    SpeakerId: `customer-${index}`,
    AudioSpecifications: [{ S3Uri: `s3://recordings/${recording}`, ChannelId: 0 }],
  })),
});

/** What SQS gives Lambda of a queue's messages. */
async function received(sqs: SQSClient, QueueUrl: string | undefined): Promise<object> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ['All'], VisibilityTimeout: 0 }),
  );
  return {
    Records: Messages.map(({ MessageId, ReceiptHandle, Body, Attributes, MD5OfBody }) => ({
      messageId: MessageId,
      receiptHandle: ReceiptHandle,
      body: Body,
      attributes: Attributes,
      messageAttributes: {},
      md5OfBody: MD5OfBody,
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:uploads',
      awsRegion: 'us-east-1',
    })),
  };
}

it('from the upload to the summary on moto’s S3, SQS, Step Functions, STS and DynamoDB', async ({ skip }) => {
  // The default reporter shows no reason of a test that was skipped.
  if (motoServer === undefined) console.warn(`Not tested against moto: ${NOT_INSTALLED}.`);
  skip(motoServer === undefined, NOT_INSTALLED);
  const moto = await startMoto();
  const options = { region: 'us-east-1', endpoint: moto.origin, credentials: ACCESS_KEY };
  const s3 = new S3Client({ ...options, forcePathStyle: true });
  const stepFunctions = new SFNClient(options);
  const sqs = new SQSClient(options);
  const json = async (Key: string): Promise<unknown> =>
    JSON.parse(
      (await (await s3.send(new GetObjectCommand({ Bucket: 'results', Key }))).Body?.transformToString()) ?? '',
    );
  for (const Bucket of ['manifests', 'recordings', 'results']) await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(
    new PutBucketVersioningCommand({ Bucket: 'manifests', VersioningConfiguration: { Status: 'Enabled' } }),
  );
  const speech = await recordCall(callers[1] ?? { voice: 'rms' });
  const recording = { Bucket: 'recordings', Body: speech };
  await s3.send(new PutObjectCommand({ ...recording, Key: 'anna.wav' }));
  await s3.send(new PutObjectCommand({ ...recording, Key: 'archived.wav', StorageClass: 'GLACIER' }));
  const asl = await readFile('statemachine/enrollment.asl.json', 'utf8');
  const names = [...asl.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name);
  const arns = Object.fromEntries(
    names.map((name) => [name, `arn:aws:lambda:us-east-1:123456789012:function:${name}`]),
  );
  const { stateMachineArn = '' } = await stepFunctions.send(
    new CreateStateMachineCommand({ name: 'vivavoce-enrollment', roleArn: ROLE, definition: substitute(asl, arns) }),
  );
  // By a name, as containers know each other: bucket names are no host names there.
  const engine = await spawnEngine(moto.origin.replace('127.0.0.1', 'localhost'), { VIVAVOCE_EXTERNAL_ID: 'external' });
  try {
    const encryption = { ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/test' } };
    const { Domain } = await engine.client.send(new CreateDomainCommand({ Name: 'moto', ...encryption }));
    const DomainId = Domain?.DomainId ?? '';

    // An upload, its event on the queue, and the file overwritten before the event is looked at.
    const upload = { Bucket: 'manifests', Key: 'calls/june & july.json' };
    const { VersionId, ETag = '' } = await s3.send(new PutObjectCommand({ ...upload, Body: manifest }));
    await s3.send(new PutObjectCommand({ ...upload, Body: 'overwritten since' }));
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'uploads' }));
    const object = { key: upload.Key, 'version-id': VersionId, etag: ETag.replaceAll('"', ''), sequencer: '1' };
    const event = {
      source: 'aws.s3',
      'detail-type': 'Object Created',
      detail: { bucket: { name: 'manifests' }, object },
    };
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(event) }));
    const env = {
      VOICE_ID_DOMAIN_ID: DomainId,
      RESULTS_BUCKET: 'results',
      STATE_MACHINE_ARN: stateMachineArn,
      AWS_ENDPOINT_URL_VOICE_ID: engine.origin,
      AWS_ACCESS_KEY_ID: ACCESS_KEY.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ACCESS_KEY.secretAccessKey,
    };
    // Delivered twice: one job, one execution.
    const delivered = [await received(sqs, QueueUrl), await received(sqs, QueueUrl)];
    const { answers } = await invokeFunction(moto.origin, 'start-enrollment', delivered, env);
    expect(answers).toEqual(Array(2).fill({ result: { batchItemFailures: [] } }));
    const { executions = [] } = await stepFunctions.send(new ListExecutionsCommand({ stateMachineArn }));
    const { JobSummaries = [] } = await engine.client.send(new ListSpeakerEnrollmentJobsCommand({ DomainId }));
    expect([executions.length, JobSummaries.length]).toEqual([1, 1]);

    const JobId = JobSummaries[0]?.JobId ?? '';
    const describe = new DescribeSpeakerEnrollmentJobCommand({ DomainId, JobId });
    let { Job: job } = await engine.client.send(describe);
    while (job?.EndedAt === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      job = (await engine.client.send(describe)).Job;
    }
    expect(job).toMatchObject({ JobStatus: 'COMPLETED_WITH_ERRORS' });
    const { SpeakerSummaries } = await engine.client.send(new ListSpeakersCommand({ DomainId }));
    expect(SpeakerSummaries).toMatchObject([{ CustomerSpeakerId: 'customer-0', Status: 'ENROLLED' }]);

    const { executionArn } = executions[0] ?? {};
    const { input = '' } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    const execution = executionSchema.parse(JSON.parse(input));
    const { folder, fileName } = execution.output;
    const out = outputFileSchema.parse(await json(`${folder}/${JobId}/${fileName}.out`));
    expect(out.SuccessfulEnrollments).toMatchObject([{ RequestId: 'anna.wav', EnrollmentStatus: 'NEW_ENROLLMENT' }]);
    expect(out.Errors).toMatchObject([
      { RequestId: 'missing.wav', ErrorCode: 400, ErrorMessage: expect.stringContaining('no such object') },
      { RequestId: 'archived.wav', ErrorCode: 400, ErrorMessage: expect.stringContaining('an archived object') },
    ]);

    const ended = { execution: { ...execution, outcome: outcome('COMPLETED_WITH_ERRORS') }, executionArn };
    const { answers: endings } = await invokeFunction(moto.origin, 'summarize-enrollment', [ended], env);
    expect(endings).toMatchObject([{ result: { detail: { counts: { requested: 3, enrolled: 1, failed: 2 } } } }]);
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket: 'results', Prefix: `${folder}/${JobId}/` }),
    );
    const left = Contents.map(({ Key = '' }) => Key.slice(`${folder}/${JobId}/`.length));
    expect(left.sort()).toEqual([`${fileName}.out`, 'retry.json', 'summary.json'].sort());
  } finally {
    await engine.stop('SIGKILL');
    await moto.stop();
  }
}, 180_000);
