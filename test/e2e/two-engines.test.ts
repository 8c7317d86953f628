import { createServer, type IncomingMessage, request as requestOf } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import {
  CreateDomainCommand,
  DescribeSpeakerEnrollmentJobCommand,
  ListSpeakersCommand,
  VoiceIDClient,
} from '@aws-sdk/client-voice-id';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest';
import { z } from 'zod';
import { callers } from '../../cli/demo/callers.ts';
import { clientOf, queueArn } from '../../local/account.ts';
import { itemsOf } from '../engine/items-of.ts';
import { type EngineProcess, spawnEngine } from '../engine/process.ts';
import { recordCall } from '../speech.ts';
import { startTestCloud, type TestCloud } from './cloud.ts';

/** VIVAVOCE_ENGINE_KILLS=5 VIVAVOCE_ENGINE_JOBS=3 VIVAVOCE_ENGINE_REQUESTS=40 for a long run. */
const KILLS = Number(process.env.VIVAVOCE_ENGINE_KILLS ?? 1);
const JOBS = Number(process.env.VIVAVOCE_ENGINE_JOBS ?? 1);
const REQUESTS = Number(process.env.VIVAVOCE_ENGINE_REQUESTS ?? 10);
/** Decides when, and which; told of a run that fails, so that it can be repeated, as far as machines repeat themselves. */
const SEED = Number(process.env.VIVAVOCE_ENGINE_SEED ?? Date.now() % 1_000_000_000);
const PATIENCE_MS = 600_000;
const TABLE = 'two-engines';

const output = z.object({
  Errors: z.array(z.unknown()),
  SuccessfulEnrollments: z.array(z.object({ RequestId: z.string(), EnrollmentStatus: z.string() })),
});
const engineEvent = z.looseObject({ detail: z.looseObject({ sourceId: z.string(), status: z.string() }) });

/** S3, DynamoDB, the bus and the workflow: what outlives the engines. Its own engine has nothing to do with these. */
let aws: TestCloud;
let client: VoiceIDClient;
let dynamoDb: DynamoDBClient;
const engines: EngineProcess[] = [];

let turn = 0;

/** A request to the next engine. @throws where it is gone. */
function forward({ method, url, headers }: IncomingMessage, body: Buffer): Promise<{ status: number; body: Buffer }> {
  const engine = engines[turn++ % engines.length];
  return new Promise((done, fail) => {
    requestOf({ host: '127.0.0.1', port: engine?.port, method, path: url, headers }, (answer) => {
      buffer(answer).then((bytes) => done({ status: answer.statusCode ?? 502, body: bytes }), fail);
    })
      .once('error', fail)
      .end(body);
  });
}

/** A load balancer: the engines in turn, and the next one where one is gone. */
const balancer = createServer(async (incoming, response) => {
  const body = await buffer(incoming);
  for (;;) {
    try {
      const answer = await forward(incoming, body);
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(answer.body);
      return;
    } catch {
      // It was killed. What is answered, an error too, is the caller's.
      await sleep(20);
    }
  }
});

const startEngine = (): Promise<EngineProcess> =>
  spawnEngine(aws.cloud.origin, {
    VIVAVOCE_TABLE: TABLE,
    VIVAVOCE_EVENT_BUS: 'vivavoce',
    VIVAVOCE_CREDENTIALS: `${aws.cloud.accessKey.accessKeyId}:${aws.cloud.accessKey.secretAccessKey}`,
  });

/** @returns what receives the engines' events that have come since. */
async function subscribe(): Promise<() => Promise<z.infer<typeof engineEvent>[]>> {
  const bridge = new EventBridgeClient(clientOf(aws.cloud.origin, aws.cloud.accessKey));
  const EventPattern = JSON.stringify({ source: ['vivavoce.voiceid'] });
  const { QueueUrl } = await aws.sqs.send(new CreateQueueCommand({ QueueName: 'engine-events' }));
  await bridge.send(new PutRuleCommand({ Name: 'engine', EventBusName: 'vivavoce', EventPattern }));
  const Targets = [{ Id: 'queue', Arn: queueArn('engine-events') }];
  await bridge.send(new PutTargetsCommand({ Rule: 'engine', EventBusName: 'vivavoce', Targets }));
  return async () => {
    const events: z.infer<typeof engineEvent>[] = [];
    for (;;) {
      const { Messages = [] } = await aws.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      if (Messages.length === 0) return events;
      for (const { Body = '', ReceiptHandle } of Messages) {
        events.push(engineEvent.parse(JSON.parse(Body)));
        await aws.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  };
}

beforeAll(async () => {
  await new Promise<void>((done) => void balancer.listen(0, '127.0.0.1', () => done()));
  const endpoint = `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`;
  aws = await startTestCloud({ AWS_ENDPOINT_URL_VOICE_ID: endpoint });
  client = new VoiceIDClient(clientOf(endpoint, aws.cloud.accessKey));
  dynamoDb = new DynamoDBClient(clientOf(aws.cloud.origin, aws.cloud.accessKey));
  engines.push(...(await Promise.all([startEngine(), startEngine()])));
});

afterAll(async () => {
  await aws.stop();
  await Promise.all(engines.map((engine) => engine.stop('SIGKILL')));
  balancer.closeAllConnections();
  balancer.close();
});

it(
  'two engines on one table, killed at any point: every file is whole, every voiceprint is there once, every end is told',
  async () => {
    const sizes = `VIVAVOCE_ENGINE_KILLS=${KILLS} VIVAVOCE_ENGINE_JOBS=${JOBS} VIVAVOCE_ENGINE_REQUESTS=${REQUESTS}`;
    onTestFailed(() =>
      console.error(`Again: ${sizes} VIVAVOCE_ENGINE_SEED=${SEED} npx vitest run test/e2e/two-engines.test.ts`),
    );
    const ClientToken = 'domain';
    const ServerSideEncryptionConfiguration = { KmsKeyId: 'alias/k' };
    const { Domain } = await client.send(
      new CreateDomainCommand({ Name: 'two', ClientToken, ServerSideEncryptionConfiguration }),
    );
    const DomainId = Domain?.DomainId ?? '';
    const received = await subscribe();
    await aws.put('vivavoce-recordings', 'call.wav', await recordCall(callers[1] ?? { voice: 'rms' }));
    const AudioSpecifications = [{ S3Uri: 's3://vivavoce-recordings/call.wav', ChannelId: 0 }];
    const uploads = new Map<string, string[]>();
    for (let job = 0; job < JOBS; job++) {
      const Key = `job-${job}.json`;
      const SpeakerEnrollmentRequests = Array.from({ length: REQUESTS }, (_, i) => ({
        RequestId: `${job}-${i}`,
        SpeakerId: `speaker-${job}-${i}`,
        AudioSpecifications,
      }));
      const Body = JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests });
      const Metadata = { 'domain-id': DomainId };
      await aws.s3.send(new PutObjectCommand({ Bucket: 'vivavoce-manifests', Key, Body, Metadata }));
      uploads.set(
        Key,
        SpeakerEnrollmentRequests.map(({ RequestId }) => RequestId),
      );
    }
    const drawn = fc.record({ wait: fc.integer({ min: 0, max: 3500 }), which: fc.integer({ min: 0, max: 1 }) });
    for (const { wait, which } of fc.sample(drawn, { numRuns: KILLS, seed: SEED })) {
      await sleep(wait);
      await engines[which]?.stop('SIGKILL');
      // The other one is alone for as long as this one starts.
      engines[which] = await startEngine();
    }

    // Of each upload one ending; told twice, it is the same.
    const endings = await aws.endings([...uploads.keys()]);
    expect(endings.map((event) => event['detail-type'])).toEqual(endings.map(() => 'Speaker Enrollment Job Completed'));
    expect(new Set(endings.map(({ detail }) => detail.uploadId)).size).toBe(JOBS);
    const told = new Set<string>();
    for (const { detail } of endings) {
      const requests = uploads.get(detail.manifest.key) ?? [];
      const describe = new DescribeSpeakerEnrollmentJobCommand({ DomainId, JobId: detail.jobId });
      expect((await client.send(describe)).Job).toMatchObject({
        JobStatus: 'COMPLETED',
        JobProgress: { PercentComplete: 100 },
      });
      const { Errors, SuccessfulEnrollments } = output.parse(await aws.getJson(detail.output?.s3Uri ?? ''));
      expect(Errors).toEqual([]);
      expect(SuccessfulEnrollments.map(({ RequestId }) => RequestId)).toEqual(requests);
      expect(new Set(SuccessfulEnrollments.map((row) => row.EnrollmentStatus))).toEqual(new Set(['NEW_ENROLLMENT']));
      for (const what of ['SUBMITTED', 'SUCCESS', ...requests.keys()]) told.add(`${detail.jobId}-${what}`);
    }
    // Nothing of a job that has ended is left, which is the last thing that happens.
    const left = async () =>
      (await itemsOf(dynamoDb, TABLE)).filter((name) => /^(REQUEST|LEASE|QUEUE|PROGRESS)/.test(name));
    await expect.poll(left, { timeout: PATIENCE_MS, interval: 200 }).toEqual([]);
    const speakers = (await itemsOf(dynamoDb, TABLE)).filter((name) => name.startsWith('SPEAKER#'));
    expect(speakers).toHaveLength(JOBS * REQUESTS);
    const statuses = new Set<string | undefined>();
    let NextToken: string | undefined;
    do {
      const page = await client.send(new ListSpeakersCommand({ DomainId, NextToken, MaxResults: 100 }));
      for (const { Status } of page.SpeakerSummaries ?? []) statuses.add(Status);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(statuses).toEqual(new Set(['ENROLLED']));
    // What the engines tell of is told before it is off the table: of each job its beginning, its end, and each speaker.
    const events = await received();
    expect([...new Set(events.map(({ detail }) => detail.sourceId))].toSorted()).toEqual([...told].toSorted());
    expect(events.filter(({ detail }) => detail.status === 'FAILURE')).toEqual([]);
  },
  PATIENCE_MS,
);
