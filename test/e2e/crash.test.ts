import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import {
  ListDomainsCommand,
  ListSpeakerEnrollmentJobsCommand,
  ListSpeakersCommand,
  VoiceIDClient,
} from '@aws-sdk/client-voice-id';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest';
import { z } from 'zod';
import { callers } from '../../cli/demo/callers.ts';
import { ACCESS_KEY, BUS, stateMachineArn } from '../../local/account.ts';
import { recordCall } from '../speech.ts';

/** VIVAVOCE_CRASHES=6 VIVAVOCE_CRASH_REQUESTS=10 for a long run. */
const CRASHES = Number(process.env.VIVAVOCE_CRASHES ?? 3);
const REQUESTS = Number(process.env.VIVAVOCE_CRASH_REQUESTS ?? 4);
/** Decides when; told of a run that fails, so that it can be repeated, as far as a machine repeats itself. */
const SEED = Number(process.env.VIVAVOCE_CRASH_SEED ?? Date.now() % 1_000_000_000);
const MANIFESTS = ['one', 'two', 'three'];
const PATIENCE_MS = 120_000;

const output = z.object({
  Errors: z.array(z.unknown()),
  SuccessfulEnrollments: z.array(z.object({ RequestId: z.string(), EnrollmentStatus: z.string() })),
});
const ending = z.object({
  detailType: z.string(),
  detail: z.looseObject({ uploadId: z.string(), output: z.looseObject({ s3Uri: z.string() }) }),
});

/** A subscriber's message: EventBridge's event. */
const message = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(z.object({ 'detail-type': z.string(), detail: z.looseObject({ uploadId: z.string() }) }));

let dataDir: string;
let recording: Uint8Array;
let child: ChildProcess | undefined;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'vivavoce-crash-'));
  recording = await recordCall(callers[1] ?? { voice: 'rms' });
}, 60_000);

afterAll(async () => {
  child?.kill('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The local cloud as users start it; resolves when it serves. */
async function start(port: number): Promise<void> {
  const args = [
    '--disable-warning=ExperimentalWarning',
    'cli/main.ts',
    'start',
    '--port',
    String(port),
    '--data-dir',
    dataDir,
  ];
  child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const started = child;
  if (started.stdout === null) throw new Error('No output.');
  for await (const line of createInterface(started.stdout)) {
    if (line.startsWith('ready ')) {
      started.stdout.resume();
      return;
    }
  }
  throw new Error('The local cloud did not start.');
}

/** A queue that is told of every ending; resolves with what takes the endings that are in it, as often as they are. */
async function subscribe(options: { region: string; endpoint: string; credentials: typeof ACCESS_KEY }) {
  const sqs = new SQSClient(options);
  const bridge = new EventBridgeClient(options);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'subscriber' }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const pattern = { source: ['vivavoce.enrollment'], 'detail-type': [{ 'anything-but': { suffix: 'Started' } }] };
  const rule = { EventBusName: BUS, EventPattern: JSON.stringify(pattern) };
  await bridge.send(new PutRuleCommand({ Name: 'endings', ...rule }));
  const Targets = [{ Id: 'subscriber', Arn: Attributes?.QueueArn }];
  await bridge.send(new PutTargetsCommand({ Rule: 'endings', EventBusName: BUS, Targets }));

  return async () => {
    const endings: z.infer<typeof message>[] = [];
    for (;;) {
      const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 });
      const { Messages = [] } = await sqs.send(receive);
      if (Messages.length === 0) return endings;
      endings.push(...Messages.map(({ Body }) => message.parse(Body)));
      const Entries = Messages.map(({ MessageId, ReceiptHandle }) => ({ Id: MessageId, ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    }
  };
}

async function crash(): Promise<void> {
  const gone = new Promise((resolve) => child?.once('exit', resolve));
  child?.kill('SIGKILL');
  await gone;
}

it(
  'killed at any point, goes on where it was: every upload ends once, every request has one row, nobody is enrolled twice',
  async () => {
    const sizes = `VIVAVOCE_CRASHES=${CRASHES} VIVAVOCE_CRASH_REQUESTS=${REQUESTS}`;
    onTestFailed(() =>
      console.error(`Again: ${sizes} VIVAVOCE_CRASH_SEED=${SEED} npx vitest run test/e2e/crash.test.ts`),
    );
    const port = await freePort();
    const options = { region: 'us-east-1', endpoint: `http://127.0.0.1:${port}`, credentials: ACCESS_KEY };
    const s3 = new S3Client({ ...options, forcePathStyle: true });
    const voiceId = new VoiceIDClient(options);
    const stepFunctions = new SFNClient(options);
    await start(port);
    const takeEndings = await subscribe(options);

    await s3.send(new PutObjectCommand({ Bucket: 'vivavoce-recordings', Key: 'call.wav', Body: recording }));
    const AudioSpecifications = [{ S3Uri: 's3://vivavoce-recordings/call.wav', ChannelId: 0 }];
    for (const name of MANIFESTS) {
      const SpeakerEnrollmentRequests = Array.from({ length: REQUESTS }, (_, i) => ({
        RequestId: `${name}-${i}`,
        SpeakerId: `speaker-${name}-${i}`,
        AudioSpecifications,
      }));
      const Body = JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests });
      await s3.send(new PutObjectCommand({ Bucket: 'vivavoce-manifests', Key: `${name}.json`, Body }));
    }
    // At moments of its life that are drawn anew in each run.
    for (const wait of fc.sample(fc.integer({ min: 0, max: 2500 }), { numRuns: CRASHES, seed: SEED })) {
      await sleep(wait);
      await crash();
      await start(port);
    }

    const executions = async () =>
      (await stepFunctions.send(new ListExecutionsCommand({ stateMachineArn }))).executions ?? [];
    const succeeded = MANIFESTS.map(() => 'SUCCEEDED');
    await expect
      .poll(async () => (await executions()).map(({ status }) => status), {
        timeout: PATIENCE_MS,
        interval: 300,
      })
      .toEqual(succeeded);
    const all = await executions();
    // Told at least once, and a repeat is known.
    const told = (await takeEndings()).map((event) => `${event.detail.uploadId}: ${event['detail-type']}`);
    expect([...new Set(told)].toSorted()).toEqual(
      all.map(({ name }) => `${name}: Speaker Enrollment Job Completed`).toSorted(),
    );

    const rows: string[] = [];
    for (const { executionArn, name } of all) {
      const execution = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
      const { detail, detailType } = ending.parse(JSON.parse(execution.output ?? ''));
      expect(detailType).toBe('Speaker Enrollment Job Completed');
      expect(detail.uploadId).toBe(name);
      const [, Bucket = '', Key = ''] = /^s3:\/\/([^/]+)\/(.*)$/s.exec(detail.output.s3Uri) ?? [];
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      const out = output.parse(JSON.parse((await Body?.transformToString()) ?? ''));
      expect(out.Errors).toEqual([]);
      expect(new Set(out.SuccessfulEnrollments.map((row) => row.EnrollmentStatus))).toEqual(
        new Set(['NEW_ENROLLMENT']),
      );
      rows.push(...out.SuccessfulEnrollments.map((row) => row.RequestId));
    }
    const wanted = MANIFESTS.flatMap((name) => Array.from({ length: REQUESTS }, (_, i) => `${name}-${i}`));
    expect(rows.toSorted()).toEqual(wanted.toSorted());

    const { DomainSummaries = [] } = await voiceId.send(new ListDomainsCommand({}));
    expect(DomainSummaries).toHaveLength(1);
    const DomainId = DomainSummaries[0]?.DomainId;
    const jobs = await voiceId.send(new ListSpeakerEnrollmentJobsCommand({ DomainId }));
    expect(jobs.JobSummaries).toHaveLength(MANIFESTS.length);
    const speakers = await voiceId.send(new ListSpeakersCommand({ DomainId, MaxResults: 100 }));
    expect(speakers.SpeakerSummaries).toHaveLength(wanted.length);
  },
  PATIENCE_MS + 60_000,
);
