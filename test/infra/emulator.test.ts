import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  ListStackResourcesCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { CreateDomainCommand } from '@aws-sdk/client-voice-id';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { callers } from '../../cli/demo/callers.ts';
import { inputSchema } from '../../functions/poll-enrollment/poll-enrollment.ts';
import { ACCESS_KEY } from '../engine/harness.ts';
import { spawnEngine } from '../engine/process.ts';
import { invokeFunction } from '../functions/process.ts';
import { recordCall } from '../speech.ts';
import { motoServer, NOT_INSTALLED, startMoto } from '../stores/moto-server.ts';
import { Resolver } from './resolve.ts';
import { type Assembled, assemble, ofType } from './template.ts';
import { filesOf } from './zip.ts';

const StackName = 'vivavoce-dev';

/** The stack as osls deploys it: first with its deployment bucket alone, then, the zips in that, whole. */
async function deploy(assembled: Assembled, parameters: Record<string, string>, options: object) {
  const cloudFormation = new CloudFormationClient(options);
  const s3 = new S3Client({ ...options, forcePathStyle: true });
  const resources = async () => {
    const { StackResourceSummaries = [] } = await cloudFormation.send(new ListStackResourcesCommand({ StackName }));
    return new Map(StackResourceSummaries.map((each) => [each.LogicalResourceId ?? '', each.PhysicalResourceId ?? '']));
  };
  const first = join(dirname(assembled.file), 'cloudformation-template-create-stack.json');
  await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody: await readFile(first, 'utf8') }));
  const Bucket = (await resources()).get('ServerlessDeploymentBucket') ?? '';
  for (const [, { Properties }] of ofType(assembled.template, 'AWS::Lambda::Function')) {
    const { S3Key } = z.object({ S3Key: z.string() }).parse(Properties.Code);
    const zip = await assembled.zip(S3Key.slice(S3Key.lastIndexOf('/') + 1).replace(/\.zip$/, ''));
    await s3.send(new PutObjectCommand({ Bucket, Key: S3Key, Body: zip }));
  }
  await s3.send(new PutObjectCommand({ Bucket, Key: 'template.json', Body: await readFile(assembled.file) }));
  await cloudFormation.send(
    new UpdateStackCommand({
      StackName,
      TemplateURL: `https://s3.us-east-1.amazonaws.com/${Bucket}/template.json`,
      Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
    }),
  );
  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
  return { status: Stacks?.[0]?.StackStatus, made: await resources() };
}

test('moto creates the stack from the packaged template, and an upload goes through the packaged zips', async ({
  skip,
}) => {
  skip(motoServer === undefined, NOT_INSTALLED);
  const [assembled, moto] = await Promise.all([assemble(), startMoto()]);
  const options = { region: 'us-east-1', endpoint: moto.origin, credentials: ACCESS_KEY };
  const folder = await mkdtemp(join(tmpdir(), 'vivavoce-zips-'));
  const engine = await spawnEngine(moto.origin);
  try {
    const encryption = { ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/test' } };
    const { Domain } = await engine.client.send(new CreateDomainCommand({ Name: 'moto', ...encryption }));
    const SecretString = JSON.stringify(ACCESS_KEY);
    const { ARN = '' } = await new SecretsManagerClient(options).send(
      new CreateSecretCommand({ Name: 'engine', SecretString }),
    );
    // An engine of one's own: moto makes neither HTTP APIs nor custom resources that answer.
    const parameters = {
      Engine: 'self-hosted',
      EngineEndpoint: engine.origin,
      EnginePrincipalArn: 'arn:aws:iam::123456789012:role/engine',
      DomainId: Domain?.DomainId ?? '',
      CredentialsSecretArn: ARN,
      PollMinSeconds: '1',
    };
    const { status, made } = await deploy(assembled, parameters, options);
    expect(status).toBe('UPDATE_COMPLETE');
    const wanted = new Resolver(assembled.template, parameters);
    const leftOut = Map.groupBy(
      Object.entries(assembled.template.Resources).filter(([id]) => wanted.exists(id) && !made.has(id)),
      ([, { Type }]) => Type,
    );
    const types = [...leftOut].map(([type, each]) => `${each.length} ${type}`);
    process.stdout.write(`moto made ${made.size} resources, and leaves out: ${types.join(', ')}\n`);
    const needed = [
      'ManifestsBucket',
      'ResultsBucket',
      'UploadQueue',
      'UploadRule',
      'EnrollmentStateMachine',
      'DataKey',
    ];
    expect([...made.keys()]).toEqual(expect.arrayContaining(needed));

    /** Runs a function from its zip, in the environment that the stack gave it. */
    const lambda = new LambdaClient(options);
    const invoke = async (name: string, event: unknown): Promise<unknown> => {
      const FunctionName = `${StackName}-${name}`;
      const { Environment, Handler = '' } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
      const key = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
      for (const [path, bytes] of filesOf(await assembled.zip(key))) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), bytes);
      }
      const module = join(folder, Handler.replace(/\.handler$/, '.mjs'));
      const { answers, output } = await invokeFunction(
        moto.origin,
        name,
        [event],
        Environment?.Variables ?? {},
        module,
      );
      expect(answers[0]?.error, output).toBeUndefined();
      return answers[0]?.result;
    };

    const s3 = new S3Client({ ...options, forcePathStyle: true });
    const bucket = (logicalId: string) => made.get(logicalId) ?? '';
    const recording = { Bucket: bucket('RecordingsBucket'), Key: 'anna.wav' };
    await s3.send(new PutObjectCommand({ ...recording, Body: await recordCall(callers[1] ?? { voice: 'rms' }) }));
    const request = {
      RequestId: 'anna',
      SpeakerId: 'customer-1',
      AudioSpecifications: [{ S3Uri: `s3://${recording.Bucket}/${recording.Key}`, ChannelId: 0 }],
    };
    const upload = { Bucket: bucket('ManifestsBucket'), Key: 'monday.json' };
    const Body = JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests: [request] });
    const { VersionId, ETag = '' } = await s3.send(new PutObjectCommand({ ...upload, Body }));
    const object = { key: upload.Key, 'version-id': VersionId, etag: ETag.replaceAll('"', ''), sequencer: '1' };
    const detail = { bucket: { name: upload.Bucket }, object };
    const body = JSON.stringify({ source: 'aws.s3', 'detail-type': 'Object Created', detail });
    const message = {
      messageId: '1',
      receiptHandle: '1',
      body,
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '0',
        SenderId: 'events',
        ApproximateFirstReceiveTimestamp: '0',
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:vivavoce-dev-uploads',
      awsRegion: 'us-east-1',
    };
    expect(await invoke('start-enrollment', { Records: [message] })).toEqual({ batchItemFailures: [] });

    const stepFunctions = new SFNClient(options);
    const stateMachineArn = made.get('EnrollmentStateMachine');
    const { executions = [] } = await stepFunctions.send(new ListExecutionsCommand({ stateMachineArn }));
    expect(executions).toHaveLength(1);
    const { executionArn } = executions[0] ?? {};
    const { input = '' } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    let execution: Record<string, unknown> = inputSchema.parse(JSON.parse(input));
    for (;;) {
      const poll = await invoke('poll-enrollment', execution);
      const { next } = z.object({ next: z.string() }).parse(poll);
      if (next === 'END') {
        execution = { ...execution, ...z.looseObject({ outcome: z.unknown() }).parse(poll) };
        break;
      }
      execution = { ...execution, poll };
    }
    const ending = await invoke('summarize-enrollment', { execution, executionArn });
    const { detail: told } = z
      .object({ detail: z.looseObject({ output: z.object({ s3Uri: z.string() }) }) })
      .parse(ending);
    expect(told).toMatchObject({ status: 'COMPLETED', counts: { requested: 1, enrolled: 1, failed: 0 } });
    const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.*)$/.exec(told.output.s3Uri) ?? [];
    expect(Bucket).toBe(bucket('ResultsBucket'));
    const out = await (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
    expect(out).toContain('NEW_ENROLLMENT');
  } finally {
    await engine.stop('SIGKILL');
    await moto.stop();
    await assembled.remove();
    await rm(folder, { recursive: true, force: true });
  }
}, 300_000);
