import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { createRouter } from './api/router.ts';
import type { EngineDeps, EngineEvent } from './deps.ts';
import { bestEffort } from './event-bridge.ts';
import { realTime } from './jobs/peers.ts';
import { Runner } from './jobs/runner.ts';
import type { Logger } from './logger.ts';
import { DomainVoices } from './scores/domain-voices.ts';
import type { Ear } from './sessions/ear.ts';
import { createEar } from './sessions/ear-thread.ts';
import type { EngineSettings } from './settings.ts';
import { sleep } from './sleep.ts';
import { createStore } from './store/store.ts';
import { createVoiceprintPool } from './voiceprint/pool.ts';
import type { VoiceprintPool } from './voiceprint/pool-of.ts';

export interface EngineOptions {
  settings: EngineSettings;
  s3: S3Client;
  dynamoDb: DynamoDBClient;
  /** Where events go; nowhere if not given. One that it throws at is logged. */
  publish?: (event: EngineEvent) => Promise<void>;
  /** The S3 client that acts as a job's data-access role; `s3` if not given. */
  access?: EngineDeps['access'];
  pool?: VoiceprintPool;
  ear?: Ear;
  logger: Logger;
  /** Epoch milliseconds. */
  now?: () => number;
  /** Whether no other engine can work on the table. */
  sole?: boolean;
}

export interface Engine {
  fetch(request: Request): Promise<Response>;
  /** Creates the table where it is missing, and goes on with the jobs of before. */
  start(): Promise<void>;
  /** Begins no further work on jobs; resolves when what is under way is kept. Calls are answered still. */
  drain(): Promise<void>;
  /** Drains and stops. */
  stop(): Promise<void>;
}

/** @throws ModelError where the speaker model can't be used. */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const { settings, s3, logger } = options;
  const now = options.now ?? Date.now;
  const { modelDirectory, workers } = settings;
  const pool = options.pool ?? (await createVoiceprintPool({ modelDirectory, workers }));
  const ear = options.ear ?? createEar({ modelDirectory });
  const store = createStore(options.dynamoDb, settings);
  const runner = new Runner(() => deps, realTime);
  const deps: EngineDeps = {
    settings,
    store,
    pool,
    voices: new DomainVoices({ store, pool, logger, now }),
    access: options.access ?? (() => s3),
    publish: bestEffort(options.publish ?? (async () => undefined), logger),
    wake: (kind, domainId) => runner.wake(kind, domainId),
    sleep,
    measure: (measurement) => logger.info('Measured', measurement),
    now,
    logger,
  };
  return {
    fetch: createRouter(deps, { ear, s3ForRecording: () => s3 }),
    start: async () => {
      await deps.store.table.create();
      await runner.start(options.sole ?? false);
    },
    drain: () => runner.stop(),
    stop: async () => {
      await runner.stop();
      await ear.close();
      await pool.close();
    },
  };
}
