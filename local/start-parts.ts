import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { CreateDomainCommand, ListDomainsCommand, VoiceIDClient } from '@aws-sdk/client-voice-id';
import { type Console, createConsole } from '../console/console.ts';
import { createEngine, type Engine } from '../engine/app.ts';
import { S3_PATIENCE } from '../engine/jobs/read-object.ts';
import { jsonLogger } from '../engine/logger.ts';
import type { AccessKey, EngineSettings } from '../engine/settings.ts';
import type { VoiceprintPool } from '../engine/voiceprint/pool-of.ts';
import * as account from './account.ts';
import { AwsError } from './aws-error.ts';
import { createCallsUnderWay } from './calls-under-way.ts';
import type { Cloud, CloudOptions } from './cloud.ts';
import type { DataDirectory } from './data-directory.ts';
import { createDatabase } from './database/database.ts';
import { createEventBus, type EventBus } from './event-bus/bus.ts';
import { functionsEnv } from './functions-env.ts';
import { createGateway, createVoiceIdServer, type Health, isLoopback, type Services } from './gateway.ts';
import { createLambda, type Lambda } from './lambda.ts';
import { invoke } from './lambda-api.ts';
import { createObjectStorage, type ObjectStorage } from './object-storage.ts';
import type { Part, Parts } from './parts.ts';
import { createQueues, type Queues } from './queues.ts';
import { serve } from './serve.ts';
import { createStepFunctions, type StepFunctions } from './step-functions/api.ts';
import { substitute } from './step-functions/execution.ts';
import { pollTrigger } from './trigger.ts';
import { createVideoStreams } from './video-streams.ts';

/** How a part of the cloud writes its log. */
type Log = (line: string) => void;

/** What the parts below stand on. */
interface Ground extends Pick<CloudOptions, 'host' | 'port' | 'env'> {
  directory: DataDirectory;
  settings: EngineSettings;
  /** Once it is proved. */
  model: Promise<VoiceprintPool>;
  log: Log;
}

/** Every part of the cloud but its directory and its speaker model, which nothing here is imported for. */
export async function startParts(
  parts: Parts,
  { host, port, env, directory, settings, model, log }: Ground,
): Promise<Cloud> {
  const [accessKey = account.ACCESS_KEY] = settings.accessKeys;
  const queues = await parts.start('queues', startQueues(directory));
  const bus = await parts.start('event bus', startEventBus(directory, queues));
  const objects = await parts.start('object storage', startObjectStorage(directory, bus));
  const database = await parts.start('database', startDatabase(directory));

  // The engine and the functions are clients of the gateway that they are served by: until they are ready, it says so.
  const later: {
    console?: Console;
    engine?: Engine;
    lambda?: Lambda;
    executions?: StepFunctions;
    status: Health['status'];
  } = {
    status: 'starting',
  };
  const services: Services = {
    voiceId: async (request) => later.engine?.fetch(request) ?? stillStarting(),
    eventBus: bus.call,
    stepFunctions: (action, input) => started(later.executions).call(action, input),
    database: database.handle,
    queues: queues.handle,
    objectStorage: objects.handle,
    videoStreams: createVideoStreams(Date.now),
    invoke: (functionName, type, event) =>
      invoke(functionName, type, event, {
        lambda: started(later.lambda),
        failed: (name, error) => log(`${name}: ${error instanceof Error ? error.name : 'unknown'}\n`),
      }),
    console: async (request) => later.console?.fetch(request) ?? stillStarting(),
    health: () => ({ status: later.status, parts: parts.states() }),
  };
  const loopback = isLoopback(host);
  const calls = createCallsUnderWay();
  const gateway = serve(calls.of(createGateway(services)), loopback ? host : '127.0.0.1', loopback ? port : 0);
  const origin = await parts.start('gateway', gateway);
  const clients = await parts.start('clients', startClients(origin, accessKey));
  later.engine = await parts.start('engine', startEngine(settings, await model, clients, bus, log));
  const domainId = await localDomain(origin, accessKey);
  const lambda = await parts.start('functions', startLambda(functionsEnv({ origin, domainId, accessKey }, env)));
  later.lambda = lambda;
  // What begins work is stopped before, what answers a call after: the calls under way are answered.
  await parts.start('calls', { value: calls, stop: () => calls.ended(ANSWER_MS) });
  const console = await parts.start('console', startConsole(origin, domainId, accessKey));
  later.console = console;
  later.executions = await parts.start('executions', startExecutions(directory, { lambda, bus, env, log }));
  await parts.start('trigger', startTrigger(clients.sqs, lambda));
  const outside = loopback
    ? origin
    : await parts.start('Voice ID for other machines', serve(calls.of(createVoiceIdServer(services)), host, port));
  later.status = 'ok';
  const stop = () => {
    later.status = 'draining';
    return parts.stop();
  };
  return { origin: outside, domainId, accessKey, consoleLink: console.link(origin), loadConsole: console.load, stop };
}

/** How long calls under way are waited for, milliseconds, as the engine does on its own. */
const ANSWER_MS = 5_000;

const STARTING = 'The local cloud is still starting.';
const stillStarting = () =>
  Response.json({ __type: 'InternalServerException', message: STARTING, Message: STARTING }, { status: 503 });

/** @throws AwsError where the part is not ready yet. */
function started<T>(part: T | undefined): T {
  if (part === undefined) throw new AwsError('ServiceUnavailable', STARTING, 503);
  return part;
}

async function startQueues(directory: DataDirectory): Promise<Part<Queues>> {
  const queues = await createQueues(directory.pathOf('queues'));
  const deadLetterTargetArn = account.queueArn(account.DEAD_LETTER_QUEUE);
  await queues.create(account.DEAD_LETTER_QUEUE, { MessageRetentionPeriod: '1209600' });
  await queues.create(account.TRIGGER_QUEUE, {
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: '5' }),
  });
  // Its only consumer was the process before this one.
  queues.release(account.queueArn(account.TRIGGER_QUEUE));
  return { value: queues, stop: () => queues.close() };
}

/** The bus, and the rule that brings uploaded manifests to the trigger queue. */
function startEventBus(directory: DataDirectory, queues: Queues): Part<EventBus> {
  const bus = createEventBus(directory.pathOf('event-rules.json'), queues.send);
  const uploaded = JSON.stringify({
    source: ['aws.s3'],
    'detail-type': ['Object Created'],
    detail: { bucket: { name: [account.MANIFESTS] }, object: { key: [{ suffix: '.json' }] } },
  });
  bus.onEvent(uploaded, 'default', (event) =>
    queues.send(account.queueArn(account.TRIGGER_QUEUE), JSON.stringify(event)),
  );
  return { value: bus };
}

async function startObjectStorage(directory: DataDirectory, bus: EventBus): Promise<Part<ObjectStorage>> {
  const buckets = [account.MANIFESTS, account.RECORDINGS, account.RESULTS];
  const objects = createObjectStorage(
    directory.pathOf('objects'),
    buckets,
    ({ bucket, key, size, eTag, sequencer, reason }) =>
      bus.put('default', {
        source: 'aws.s3',
        'detail-type': 'Object Created',
        resources: [`arn:aws:s3:::${bucket}`],
        detail: { version: '0', bucket: { name: bucket }, object: { key, size, etag: eTag, sequencer }, reason },
      }),
  );
  await objects.start();
  return { value: objects };
}

async function startDatabase(directory: DataDirectory) {
  const database = await createDatabase(directory.pathOf('database'));
  return { value: database, stop: () => database.close() };
}

interface Clients {
  dynamoDb: DynamoDBClient;
  s3: S3Client;
  sqs: SQSClient;
}

function startClients(origin: string, accessKey: AccessKey): Part<Clients> {
  const client = account.clientOf(origin, accessKey);
  const clients = {
    dynamoDb: new DynamoDBClient(client),
    s3: new S3Client({ ...client, forcePathStyle: true, requestHandler: S3_PATIENCE }),
    sqs: new SQSClient(client),
  };
  return {
    value: clients,
    stop: () => {
      for (const each of Object.values(clients)) each.destroy();
    },
  };
}

async function startEngine(
  settings: EngineSettings,
  pool: VoiceprintPool,
  { s3, dynamoDb }: Clients,
  bus: EventBus,
  log: Log,
): Promise<Part<Engine>> {
  const engine = await createEngine({
    settings,
    pool,
    s3,
    dynamoDb,
    // Nobody else has the data directory.
    sole: true,
    publish: async ({ source, detailType, detail }) => {
      bus.put(account.BUS, { source, 'detail-type': detailType, detail });
    },
    logger: jsonLogger(log),
  });
  try {
    await engine.start();
  } catch (error) {
    await engine.stop();
    throw error;
  }
  return { value: engine, stop: () => engine.stop() };
}

/** The domain that is there from the first start, made through the engine's own API. */
async function localDomain(origin: string, credentials: AccessKey): Promise<string> {
  const voiceId = new VoiceIDClient(account.clientOf(origin, credentials));
  try {
    const { DomainSummaries = [] } = await voiceId.send(new ListDomainsCommand({}));
    const there = DomainSummaries.find(({ Name }) => Name === account.DOMAIN)?.DomainId;
    if (there !== undefined) return there;
    const { Domain } = await voiceId.send(
      new CreateDomainCommand({
        Name: account.DOMAIN,
        ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/vivavoce' },
      }),
    );
    return Domain?.DomainId ?? '';
  } finally {
    voiceId.destroy();
  }
}

function startLambda(env: Record<string, string>): Part<Lambda> {
  const lambda = createLambda(env);
  return { value: lambda, stop: () => lambda.close() };
}

/** The web console, for whoever runs this cloud. */
async function startConsole(origin: string, domainId: string, accessKey: AccessKey): Promise<Part<Console>> {
  const client = account.clientOf(origin, accessKey);
  const clients = {
    voiceId: new VoiceIDClient(client),
    s3: new S3Client({ ...client, forcePathStyle: true }),
    stepFunctions: new SFNClient(client),
  };
  const console = createConsole(
    {
      ...clients,
      place: 'local cloud',
      domainId: async () => domainId,
      stateMachineArn: () => account.stateMachineArn,
      buckets: () => ({ manifests: account.MANIFESTS, recordings: account.RECORDINGS, results: account.RESULTS }),
      now: () => new Date(),
    },
    randomBytes(24).toString('base64url'),
  );
  return {
    value: console,
    stop: () => {
      console.close();
      for (const each of Object.values(clients)) each.destroy();
    },
  };
}

/** The state machine as it is deployed, and the rule that gives an execution which died its ending. */
async function startExecutions(
  directory: DataDirectory,
  { lambda, bus, env, log }: { lambda: Lambda; bus: EventBus; env: NodeJS.ProcessEnv; log: Log },
): Promise<Part<StepFunctions>> {
  const asl = await readFile(new URL('../statemachine/enrollment.asl.json', import.meta.url), 'utf8');
  const definition = substitute(asl, {
    StartJobFunctionArn: account.arn('lambda', 'function:start-job'),
    PollEnrollmentFunctionArn: account.arn('lambda', 'function:poll-enrollment'),
    SummarizeEnrollmentFunctionArn: account.arn('lambda', 'function:summarize-enrollment'),
    EventBusName: env.EVENT_BUS_NAME || account.BUS,
    Partition: 'aws',
  });
  const executions = createStepFunctions(
    definition,
    directory.pathOf('executions'),
    { lambda, putEvents: (input) => bus.call('PutEvents', input) },
    (event) => bus.put('default', event),
  );
  const died = JSON.stringify({
    source: ['aws.states'],
    'detail-type': ['Step Functions Execution Status Change'],
    detail: { stateMachineArn: [account.stateMachineArn], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
  });
  bus.onEvent(
    died,
    'default',
    (event) => void lambda.invoke('summarize-enrollment', event).catch((error) => log(`${error}\n`)),
  );
  executions.resume();
  return { value: executions, stop: () => executions.stop() };
}

function startTrigger(sqs: SQSClient, lambda: Lambda): Part<undefined> {
  const stopping = new AbortController();
  const polling = pollTrigger(sqs, lambda, stopping.signal);
  return {
    value: undefined,
    stop: async () => {
      stopping.abort();
      await polling;
    },
  };
}
