import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EngineDeps } from '../deps.ts';
import { bestEffort, type EventBridgeOptions, toEventBridge } from '../event-bridge.ts';
import type { Logger } from '../logger.ts';
import { DomainVoices } from '../scores/domain-voices.ts';
import type { EngineSettings } from '../settings.ts';
import { sleep } from '../sleep.ts';
import { createStore } from '../store/store.ts';
import type { VoiceprintPool } from '../voiceprint/pool-of.ts';
import { embeddedMetric } from './embedded-metric.ts';

export interface LambdaDepsOptions extends EventBridgeOptions {
  settings: EngineSettings;
  dynamoDb: DynamoDBClient;
  pool: VoiceprintPool;
  wake?: EngineDeps['wake'];
  logger: Logger;
  /** Takes a line for the log, which is where metrics go. */
  write: (line: string) => void;
  /** Of metrics. */
  namespace: string;
}

/** What the engine's operations and steps are given on Lambda. */
export function lambdaDeps(options: LambdaDepsOptions): EngineDeps {
  const { settings, pool, logger, now } = options;
  const store = createStore(options.dynamoDb, settings);
  return {
    settings,
    store,
    pool,
    voices: new DomainVoices({ store, pool, logger, now }),
    access: () => {
      throw new Error('Only the functions that work on a job act as its data-access role.');
    },
    publish: bestEffort(toEventBridge(options), logger),
    wake: options.wake ?? (() => undefined),
    sleep,
    measure: (measurement) => options.write(`${embeddedMetric(measurement, options.namespace, now())}\n`),
    now,
    logger,
  };
}
