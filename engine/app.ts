import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { createRouter } from './api/router.ts';
import type { EngineDeps, EngineEvent, Logger } from './deps.ts';
import { JobQueue } from './jobs/queue.ts';
import { DomainVoices } from './scores/domain-voices.ts';
import { createEar, type Ear } from './sessions/ear.ts';
import type { EngineSettings } from './settings.ts';
import type { Job } from './store/jobs.ts';
import { createStore } from './store/store.ts';
import { createVoiceprintPool, type VoiceprintPool } from './voiceprint/pool.ts';

export interface EngineOptions {
  settings: EngineSettings;
  s3: S3Client;
  dynamoDb: DynamoDBClient;
  /** Where events go; nowhere if not given. */
  publish?: (event: EngineEvent) => Promise<void>;
  /** The S3 client that acts as a job's data-access role; `s3` if not given. */
  s3For?: (job: Job) => Promise<S3Client>;
  pool?: VoiceprintPool;
  ear?: Ear;
  logger: Logger;
  /** Epoch milliseconds. */
  now?: () => number;
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
  const queue = new JobQueue(() => deps);
  const deps: EngineDeps = {
    settings,
    store,
    pool,
    voices: new DomainVoices({ store, pool, logger, now }),
    s3For: options.s3For ?? (() => s3),
    publish: async (event) => {
      try {
        await options.publish?.(event);
      } catch (error) {
        logger.warn('Event not published', {
          detailType: event.detailType,
          error: error instanceof Error ? error.name : 'unknown',
        });
      }
    },
    wake: (kind, domainId) => queue.wake(kind, domainId),
    now,
    logger,
  };
  return {
    fetch: createRouter(deps, { ear, s3ForRecording: () => s3 }),
    start: async () => {
      await deps.store.table.create();
      await queue.start();
    },
    drain: () => queue.stop(),
    stop: async () => {
      await queue.stop();
      await ear.close();
      await pool.close();
    },
  };
}
