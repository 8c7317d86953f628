import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { EngineDeps, EngineEvent } from '../deps.ts';
import type { Logger } from '../logger.ts';
import { DomainVoices } from '../scores/domain-voices.ts';
import type { EngineSettings } from '../settings.ts';
import { sleep } from '../sleep.ts';
import { createStore } from '../store/store.ts';
import type { VoiceprintPool } from '../voiceprint/pool.ts';
import { embeddedMetric } from './embedded-metric.ts';

export interface LambdaDepsOptions {
  settings: EngineSettings;
  dynamoDb: DynamoDBClient;
  events: EventBridgeClient;
  eventBusName: string;
  pool: VoiceprintPool;
  wake?: EngineDeps['wake'];
  logger: Logger;
  /** Takes a line for the log, which is where metrics go. */
  write: (line: string) => void;
  /** Of metrics. */
  namespace: string;
  now: () => number;
}

/** Puts an event on the bus; one that the bus does not take is logged, no more. */
async function publish({ source, detailType, detail }: EngineEvent, options: LambdaDepsOptions): Promise<void> {
  const { events, eventBusName, logger, now } = options;
  try {
    const { FailedEntryCount } = await events.send(
      new PutEventsCommand({
        Entries: [
          {
            EventBusName: eventBusName,
            Source: source,
            DetailType: detailType,
            Detail: JSON.stringify(detail),
            Time: new Date(now()),
          },
        ],
      }),
    );
    if (FailedEntryCount) logger.warn('Event not published', { detailType });
  } catch (error) {
    logger.warn('Event not published', { detailType, error: error instanceof Error ? error.name : 'unknown' });
  }
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
    publish: (event) => publish(event, options),
    wake: options.wake ?? (() => undefined),
    sleep,
    measure: (measurement) => options.write(`${embeddedMetric(measurement, options.namespace, now())}\n`),
    now,
    logger,
  };
}
