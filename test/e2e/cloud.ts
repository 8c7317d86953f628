import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { VoiceIDClient } from '@aws-sdk/client-voice-id';
import { z } from 'zod';
import { BUS, RESULTS, ROLE_ARN, stateMachineArn } from '../../local/account.ts';
import { type Cloud, startCloud } from '../../local/cloud.ts';

const eventSchema = z.object({
  'detail-type': z.string(),
  source: z.string(),
  detail: z.looseObject({
    uploadId: z.string(),
    status: z.string(),
    jobId: z.string().optional(),
    manifest: z.looseObject({ bucket: z.string(), key: z.string(), eTag: z.string().optional() }),
    output: z.record(z.string(), z.string()).optional(),
    counts: z.record(z.string(), z.number()).optional(),
    failureDetails: z.looseObject({ message: z.string() }).optional(),
    problemCount: z.number().optional(),
    problems: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    errors: z.array(z.looseObject({ requestId: z.string(), errorCode: z.number() })).optional(),
  }),
});
export type WorkflowEvent = z.infer<typeof eventSchema>;

const isEnding = (event: WorkflowEvent) => event['detail-type'] !== 'Speaker Enrollment Job Started';

/** A local cloud in a directory of its own, the official clients on it, and every event of the workflow. */
export interface TestCloud {
  cloud: Cloud;
  dataDir: string;
  s3: S3Client;
  sqs: SQSClient;
  stepFunctions: SFNClient;
  voiceId: VoiceIDClient;
  /** What a function of this cloud has as its environment. */
  functionsEnv: Record<string, string>;
  /** Everything that was logged. */
  logs(): string;
  events: WorkflowEvent[];
  put(bucket: string, key: string, body: Uint8Array | string): Promise<void>;
  getJson(s3Uri: string): Promise<unknown>;
  /** Receives events until uploads with those keys have ended; their endings, in the order they came. */
  endings(keys: readonly string[]): Promise<WorkflowEvent[]>;
  stop(): Promise<void>;
}

export async function startTestCloud(env: NodeJS.ProcessEnv = {}): Promise<TestCloud> {
  const dataDir = await mkdtemp(join(tmpdir(), 'vivavoce-test-'));
  const lines: string[] = [];
  const cloud = await startCloud({
    host: '127.0.0.1',
    port: 0,
    dataDir,
    env: { POWERTOOLS_LOG_LEVEL: 'WARN', ...env },
    log: (line) => lines.push(line),
  });
  const options = { region: 'us-east-1', endpoint: cloud.origin, credentials: cloud.accessKey };
  const s3 = new S3Client({ ...options, forcePathStyle: true });
  const sqs = new SQSClient(options);
  const bridge = new EventBridgeClient(options);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'subscriber' }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const rule = { EventBusName: 'vivavoce', EventPattern: JSON.stringify({ source: ['vivavoce.enrollment'] }) };
  await bridge.send(new PutRuleCommand({ Name: 'all', ...rule }));
  const Targets = [{ Id: 'subscriber', Arn: Attributes?.QueueArn }];
  await bridge.send(new PutTargetsCommand({ Rule: 'all', EventBusName: 'vivavoce', Targets }));

  const events: WorkflowEvent[] = [];
  const receive = async () => {
    const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 });
    for (const { Body = '', ReceiptHandle } of (await sqs.send(command)).Messages ?? []) {
      events.push(eventSchema.parse(JSON.parse(Body)));
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  };
  return {
    cloud,
    dataDir,
    s3,
    sqs,
    stepFunctions: new SFNClient(options),
    voiceId: new VoiceIDClient(options),
    functionsEnv: {
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: cloud.origin,
      AWS_ACCESS_KEY_ID: cloud.accessKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: cloud.accessKey.secretAccessKey,
      VOICE_ID_DOMAIN_ID: cloud.domainId,
      DATA_ACCESS_ROLE_ARN: ROLE_ARN,
      RESULTS_BUCKET: RESULTS,
      STATE_MACHINE_ARN: stateMachineArn,
      EVENT_BUS_NAME: BUS,
      POWERTOOLS_TRACE_ENABLED: 'false',
    },
    logs: () => lines.join(''),
    events,
    async put(Bucket, Key, Body) {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    },
    async getJson(s3Uri) {
      const [, Bucket = '', Key = ''] = /^s3:\/\/([^/]+)\/(.*)$/s.exec(s3Uri) ?? [];
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return JSON.parse((await Body?.transformToString()) ?? '');
    },
    async endings(keys) {
      const of = () => events.filter((event) => isEnding(event) && keys.includes(event.detail.manifest.key));
      while (new Set(of().map((event) => event.detail.manifest.key)).size < keys.length) await receive();
      await receive();
      return of();
    },
    async stop() {
      await cloud.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
