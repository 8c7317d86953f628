import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { VoiceIDClient } from '@aws-sdk/client-voice-id';
import { serve } from '@hono/node-server';
import { createEngine, type Engine } from '../../engine/app.ts';
import { ofMuLaw } from '../../engine/audio/mu-law.ts';
import type { EngineEvent } from '../../engine/deps.ts';
import type { Ear } from '../../engine/sessions/ear.ts';
import { defaultQuotas, type EngineSettings } from '../../engine/settings.ts';
import { createStore } from '../../engine/store/store.ts';
import type { VoiceprintPool } from '../../engine/voiceprint/pool-of.ts';
import type { Calibration } from '../../engine/voiceprint/score.ts';
import { createDatabase } from '../../local/database/database.ts';
import { createObjectStorage } from '../../local/object-storage.ts';

export const ACCESS_KEY = { accessKeyId: 'test-key', secretAccessKey: 'test-secret' };
export const ROLE = 'arn:aws:iam::123456789012:role/data-access';

export const settings: EngineSettings = {
  region: 'us-east-1',
  accountId: '123456789012',
  accessKeys: [{ accessKeyId: 'other-key', secretAccessKey: 'other-secret' }, ACCESS_KEY],
  tableName: 'engine-test',
  encryptionKey: new Uint8Array(32).fill(7),
  quotas: defaultQuotas,
  rates: {},
};

/** A bare cosine of 0.8 scores 90, one of 0.6 scores 20: strangers come no closer than 0, however many they are. */
const calibration: Calibration = {
  acceptAt: 0.8,
  flagAt: 0.6,
  strangers: { median: 0.5, deviation: 0.2 },
  prior: { closest: 0, mean: 0, deviation: 1e-9 },
};

/** Voices for tests of everything but voices: a recording's bytes are its embedding. */
export const pool: VoiceprintPool = {
  model: {
    id: 'test-model',
    name: 'test',
    sampleRate: 8000,
    dimension: 4,
    sha256: '0'.repeat(64),
    source: 'tests',
    licence: 'none',
    calibration,
    proof: [],
  },
  width: 2,
  async extract(recordings) {
    for await (const { bytes } of recordings) return { embedding: Float32Array.from(bytes), netSpeechSeconds: 30 };
    throw new Error('No recordings.');
  },
  examine: async () => ({ refusal: undefined }),
  close: async () => undefined,
};

/** A chunk's voice by its first sample, in eighths of full scale: 1 to 3 are people, 0 is nobody. Thirty seconds each. */
export const ear: Ear = {
  async hear(line, chunk, now) {
    const who = Math.round(8 * ofMuLaw(chunk[0] ?? 0xff));
    if (chunk.length === 0 || who === 0) return line;
    const embedding = Float32Array.from({ length: 4 }, (_, i) => (i === who ? 1 : 0));
    const stretch = { embedding, netSpeechSeconds: 30, startedAt: now - 30_000, endedAt: now };
    return { ...line, made: line.made + 1, stretches: [...line.stretches, stretch] };
  },
  close: async () => undefined,
};

/** PCM-16 that `ear` takes for somebody's voice. */
export const saidBy = (who: 0 | 1 | 2 | 3) => new Uint8Array(Int16Array.of(who * 4096, 0).buffer);

export interface TestEngine {
  origin: string;
  client: VoiceIDClient;
  events: EngineEvent[];
  s3: S3Client;
  dynamoDb: DynamoDBClient;
  /** For further clients of the same services. */
  services: { s3: S3ClientConfig; dynamoDb: DynamoDBClientConfig };
  /** What came to S3. */
  s3Requests: { method: string; url: string; headers: IncomingHttpHeaders }[];
  /** Epoch milliseconds; moved by tests. */
  clock: { now: number };
  /** A further engine on the same store, behind a port of its own: what a load balancer has before it. */
  another(voices?: VoiceprintPool): Promise<{ origin: string; client: VoiceIDClient; stop(): Promise<void> }>;
  /** The same store, a new process: what a restart keeps. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The engine behind a socket, on an in-memory DynamoDB, with the official client.
 * @param hearing null: the engine's own, with the model.
 * @param works whether it works on jobs; not so where the test does that itself.
 */
export async function startTestEngine(
  overrides: Partial<EngineSettings> = {},
  voices: VoiceprintPool = pool,
  hearing: Ear | null = ear,
  { works = true }: { works?: boolean } = {},
): Promise<TestEngine> {
  const database = await createDatabase();
  const databaseServer = createServer(database.handle);
  await new Promise<void>((done) => void databaseServer.listen(0, '127.0.0.1', () => done()));
  const { port: databasePort } = databaseServer.address() as AddressInfo;
  const options = { region: 'us-east-1', credentials: ACCESS_KEY };
  const ofDynamoDb = { ...options, endpoint: `http://127.0.0.1:${databasePort}` };
  const dynamoDb = new DynamoDBClient(ofDynamoDb);
  const objects = await mkdtemp(join(tmpdir(), 'vivavoce-engine-'));
  const storage = createObjectStorage(objects, ['recordings', 'manifests', 'results'], () => undefined);
  await storage.start();
  const requests: { method: string; url: string; headers: IncomingHttpHeaders }[] = [];
  const storageServer = createServer((request, response) => {
    requests.push({ method: request.method ?? '', url: request.url ?? '', headers: { ...request.headers } });
    storage.handle(request, response);
  });
  await new Promise<void>((done) => void storageServer.listen(0, '127.0.0.1', () => done()));
  const { port: storagePort } = storageServer.address() as AddressInfo;
  const ofS3 = { ...options, endpoint: `http://127.0.0.1:${storagePort}`, forcePathStyle: true, maxAttempts: 1 };
  const s3 = new S3Client(ofS3);
  const events: EngineEvent[] = [];
  const clock = { now: Date.now() };
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const start = async (own: VoiceprintPool = voices) => {
    const engine = await createEngine({
      settings: { ...settings, ...overrides },
      s3,
      dynamoDb,
      pool: own,
      ...(hearing !== null && { ear: hearing }),
      publish: async (event) => void events.push(event),
      now: () => clock.now,
      logger,
    });
    if (works) await engine.start();
    else await createStore(dynamoDb, settings).table.create();
    return engine;
  };
  const listen = async (fetch: Engine['fetch']) => {
    const server = serve({ fetch, port: 0, hostname: '127.0.0.1' });
    if (!server.listening) await new Promise<void>((done) => void server.once('listening', () => done()));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = new VoiceIDClient({ ...options, endpoint: origin, maxAttempts: 1 });
    return { origin, client, close: () => new Promise((done) => server.close(done)) };
  };
  let engine: Engine = await start();
  const { origin, client, close } = await listen((request) => engine.fetch(request));
  return {
    origin,
    client,
    events,
    s3,
    dynamoDb,
    services: { s3: ofS3, dynamoDb: ofDynamoDb },
    s3Requests: requests,
    clock,
    async another(own) {
      const other = await start(own);
      const served = await listen((request) => other.fetch(request));
      return {
        ...served,
        stop: async () => {
          await other.stop();
          await served.close();
        },
      };
    },
    async restart() {
      await engine.stop();
      engine = await start();
    },
    async stop() {
      await engine.stop();
      await close();
      databaseServer.closeAllConnections();
      await new Promise((done) => databaseServer.close(done));
      await database.close();
      storageServer.closeAllConnections();
      await new Promise((done) => storageServer.close(done));
      await rm(objects, { recursive: true, force: true });
    },
  };
}
