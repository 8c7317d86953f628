import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { join, resolve } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { CreateDomainCommand, ListDomainsCommand, VoiceIDClient } from '@aws-sdk/client-voice-id';
import { createEngine } from '../engine/app.ts';
import { jsonLogger } from '../engine/logger.ts';
import { type AccessKey, defaultQuotas, parseAccessKeys } from '../engine/settings.ts';
import * as account from './account.ts';
import { createDatabase } from './database/database.ts';
import { createEventBus } from './event-bus/bus.ts';
import { writeFileDurably } from './files.ts';
import { createGateway, createVoiceIdServer, isLoopback } from './gateway.ts';
import { createLambda } from './lambda.ts';
import { invoke } from './lambda-api.ts';
import { createObjectStorage } from './object-storage.ts';
import { createQueues } from './queues.ts';
import { createStepFunctions } from './step-functions/api.ts';
import { substitute } from './step-functions/execution.ts';
import { pollTrigger } from './trigger.ts';
import { createVideoStreams } from './video-streams.ts';

export interface CloudOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  dataDir: string;
  /** Settings of the functions and of the engine; what is not set has the local default. */
  env: NodeJS.ProcessEnv;
  /** Where the engine's and the functions' log lines go; nowhere if not given. */
  log?: ((line: string) => void) | undefined;
}

export interface Cloud {
  origin: string;
  domainId: string;
  accessKey: AccessKey;
  stop(): Promise<void>;
}

/** The local cloud can't start, and why; fit to be shown as it is. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

const DEFINITION = '../statemachine/enrollment.asl.json';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Data directories that this process holds: its own id in a lock may also be that of a process before it. */
const held = new Set<string>();

/** Keeps two clouds off one data directory. A lock whose process is gone is taken over. */
function lock(dataDir: string): () => void {
  const file = join(dataDir, 'lock');
  for (let tries = 0; tries < 2; tries++) {
    try {
      const descriptor = openSync(file, 'wx');
      writeSync(descriptor, String(process.pid));
      closeSync(descriptor);
      held.add(dataDir);
      return () => {
        held.delete(dataDir);
        rmSync(file, { force: true });
      };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const pid = Number(readFileSync(file, 'utf8'));
      const taken = pid === process.pid ? held.has(dataDir) : Number.isInteger(pid) && pid > 0 && isAlive(pid);
      if (taken) {
        throw new StartError(
          `The data directory ${dataDir} is in use by process ${pid}: stop it, or give another --data-dir.`,
        );
      }
      rmSync(file, { force: true });
    }
  }
  throw new StartError(`The data directory ${dataDir} can't be locked.`);
}

/** 32 bytes that everything the engine stores is encrypted with, made at the first start. */
function encryptionKey(dataDir: string): Uint8Array {
  const file = join(dataDir, 'engine.key');
  if (!existsSync(file)) writeFileDurably(file, randomBytes(32).toString('hex'));
  return new Uint8Array(Buffer.from(readFileSync(file, 'utf8').trim(), 'hex'));
}

function accessKeysOf(env: NodeJS.ProcessEnv): readonly AccessKey[] {
  const text = env.VIVAVOCE_CREDENTIALS;
  if (text === undefined || text === '') return [account.ACCESS_KEY];
  const keys = parseAccessKeys(text);
  if (keys === undefined) throw new StartError('VIVAVOCE_CREDENTIALS is malformed: expected KEY:SECRET[,KEY:SECRET].');
  return keys;
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const where = `${host}:${port}`;
      if (error.code === 'EADDRINUSE')
        fail(new StartError(`Something else serves ${where}: stop it, or give another --port.`));
      else if (error.code === 'EADDRNOTAVAIL')
        fail(new StartError(`${host} is no address of this machine: give another --host.`));
      else fail(new StartError(`${where} can't be served: ${error.message}`));
    });
    server.listen(port, host, () => {
      const address = server.address();
      done(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 2000).unref();
  });
}

/** Names of the contract's settings that `env` may override. */
const SETTINGS = [
  'OUTPUT_KMS_KEY_ID',
  'EXISTING_ENROLLMENT_ACTION',
  'FRAUD_DETECTION_ACTION',
  'RISK_THRESHOLD',
  'WATCHLIST_IDS',
  'POLL_MIN_SECONDS',
  'POLL_MAX_SECONDS',
  'JOB_RETRY_SECONDS',
  'JOB_DEADLINE_SECONDS',
  'JOB_QUEUE_DEADLINE_SECONDS',
  'VOICE_ID_DOMAIN_ID',
  'DATA_ACCESS_ROLE_ARN',
  'RESULTS_BUCKET',
  'STATE_MACHINE_ARN',
  'EVENT_BUS_NAME',
  'AWS_ENDPOINT_URL_VOICE_ID',
  'CALL_IDLE_SECONDS',
  'POWERTOOLS_LOG_LEVEL',
];

function functionsEnv(
  origin: string,
  domainId: string,
  key: AccessKey,
  env: NodeJS.ProcessEnv,
): Record<string, string> {
  const given = SETTINGS.flatMap((name) => {
    const value = env[name];
    return value === undefined || value === '' ? [] : [[name, value]];
  });
  return {
    AWS_REGION: account.REGION,
    AWS_ENDPOINT_URL: origin,
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    VOICE_ID_DOMAIN_ID: domainId,
    DATA_ACCESS_ROLE_ARN: account.ROLE_ARN,
    RESULTS_BUCKET: account.RESULTS,
    RECORDINGS_BUCKET: account.RECORDINGS,
    MANIFESTS_BUCKET: account.MANIFESTS,
    STATE_MACHINE_ARN: account.stateMachineArn,
    EVENT_BUS_NAME: account.BUS,
    POLL_MIN_SECONDS: '1',
    JOB_RETRY_SECONDS: '1',
    CALL_IDLE_SECONDS: '3',
    POWERTOOLS_TRACE_ENABLED: 'false',
    POWERTOOLS_METRICS_DISABLED: 'true',
    ...Object.fromEntries(given),
  };
}

/** The domain that is there from the first start, made through the engine's own API. */
async function localDomain(origin: string, credentials: AccessKey): Promise<string> {
  const voiceId = new VoiceIDClient({ region: account.REGION, endpoint: origin, credentials });
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

/**
 * One process that stands for S3, SQS, DynamoDB, EventBridge, Step Functions, Lambda and Voice ID, and runs the very
 * handlers, state machine and engine that are deployed. Started again on the same directory it goes on where it was.
 * @throws StartError where the address or the directory is taken, or a setting is malformed.
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { host, env, log = () => undefined } = options;
  const dataDir = resolve(options.dataDir);
  const accessKeys = accessKeysOf(env);
  const [accessKey = account.ACCESS_KEY] = accessKeys;
  mkdirSync(dataDir, { recursive: true });
  const unlock = lock(dataDir);
  const undo: (() => Promise<void> | void)[] = [unlock];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };

  try {
    const queues = await createQueues(join(dataDir, 'queues'));
    undo.push(() => queues.close());
    await queues.create(account.DEAD_LETTER_QUEUE, { MessageRetentionPeriod: '1209600' });
    await queues.create(account.TRIGGER_QUEUE, {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: account.queueArn(account.DEAD_LETTER_QUEUE),
        maxReceiveCount: '5',
      }),
    });
    // Its only consumer was the process before this one.
    queues.release(account.queueArn(account.TRIGGER_QUEUE));
    const bus = createEventBus(join(dataDir, 'event-rules.json'), queues.send);
    bus.onEvent(
      JSON.stringify({
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { bucket: { name: [account.MANIFESTS] }, object: { key: [{ suffix: '.json' }] } },
      }),
      'default',
      (event) => queues.send(account.queueArn(account.TRIGGER_QUEUE), JSON.stringify(event)),
    );
    const buckets = [account.MANIFESTS, account.RECORDINGS, account.RESULTS];
    const objects = createObjectStorage(
      join(dataDir, 'objects'),
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
    const database = await createDatabase(join(dataDir, 'database'));
    undo.push(() => database.close());

    const services = {
      voiceId: async (request: Request) => (await engine).fetch(request),
      eventBus: bus.call,
      stepFunctions: (action: string, input: unknown) => stepFunctions().call(action, input),
      database: database.handle,
      queues: queues.handle,
      objectStorage: objects.handle,
      videoStreams: createVideoStreams(Date.now),
      invoke: (functionName: string, type: string, event: unknown) =>
        invoke(functionName, type, event, {
          lambda: functions(),
          failed: (name, error) => log(`${name}: ${error instanceof Error ? error.name : 'unknown'}\n`),
        }),
      health: () => ({ status: ready ? 'ok' : 'starting' }),
    };
    let ready = false;
    let running: ReturnType<typeof createLambda> | undefined;
    const functions = () => {
      if (running === undefined) throw new Error('The local cloud is still starting.');
      return running;
    };
    let machine: ReturnType<typeof createStepFunctions> | undefined;
    const stepFunctions = () => {
      if (machine === undefined) throw new Error('The local cloud is still starting.');
      return machine;
    };

    const loopback = isLoopback(host);
    const gateway = createGateway(services);
    const internalPort = await listen(gateway, loopback ? options.port : 0, loopback ? host : '127.0.0.1');
    undo.push(() => closeServer(gateway));
    const internal = `http://${loopback && host.includes(':') ? `[${host}]` : loopback ? host : '127.0.0.1'}:${internalPort}`;

    const client = { region: account.REGION, endpoint: internal, credentials: accessKey };
    const dynamoDb = new DynamoDBClient(client);
    const s3 = new S3Client({ ...client, forcePathStyle: true });
    const sqs = new SQSClient(client);
    undo.push(() => [dynamoDb, s3, sqs].forEach((each) => void each.destroy()));

    const modelDirectory = join(dataDir, 'model');
    const engine = createEngine({
      settings: {
        region: account.REGION,
        accountId: account.ACCOUNT,
        accessKeys,
        tableName: account.TABLE,
        encryptionKey: encryptionKey(dataDir),
        modelDirectory: existsSync(join(modelDirectory, 'model.json')) ? modelDirectory : undefined,
        workers: env.VIVAVOCE_WORKERS === undefined ? undefined : Number(env.VIVAVOCE_WORKERS),
        quotas: defaultQuotas,
        rates: {},
      },
      s3,
      dynamoDb,
      publish: async ({ source, detailType, detail }) => {
        bus.put(account.BUS, { source, 'detail-type': detailType, detail });
      },
      logger: jsonLogger(log),
    });
    const started = await engine;
    undo.push(() => started.stop());
    await started.start();
    const domainId = await localDomain(internal, accessKey);

    const lambda = createLambda(functionsEnv(internal, domainId, accessKey, env));
    running = lambda;
    undo.push(() => lambda.close());
    const asl = await readFile(new URL(DEFINITION, import.meta.url), 'utf8');
    const definition = substitute(asl, {
      StartJobFunctionArn: account.arn('lambda', 'function:start-job'),
      PollEnrollmentFunctionArn: account.arn('lambda', 'function:poll-enrollment'),
      SummarizeEnrollmentFunctionArn: account.arn('lambda', 'function:summarize-enrollment'),
      EventBusName: env.EVENT_BUS_NAME ?? account.BUS,
      Partition: 'aws',
    });
    machine = createStepFunctions(
      definition,
      join(dataDir, 'executions'),
      { lambda, putEvents: (input) => bus.call('PutEvents', input) },
      (event) => bus.put('default', event),
    );
    const executions = machine;
    undo.push(() => executions.stop());
    bus.onEvent(
      JSON.stringify({
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [account.stateMachineArn], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
      }),
      'default',
      (event) => void lambda.invoke('summarize-enrollment', event).catch((error) => log(`${error}\n`)),
    );
    executions.resume();

    const stopping = new AbortController();
    const polling = pollTrigger(sqs, lambda, stopping.signal);
    undo.push(async () => {
      stopping.abort();
      await polling;
    });

    let port = internalPort;
    if (!loopback) {
      const voiceIdServer = createVoiceIdServer(services);
      port = await listen(voiceIdServer, options.port, host);
      undo.push(() => closeServer(voiceIdServer));
    }
    ready = true;
    return { origin: loopback ? internal : `http://${host}:${port}`, domainId, accessKey, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
