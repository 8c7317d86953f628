import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { EngineDeps, EngineEvent } from './deps.ts';
import type { Logger } from './logger.ts';

/** The bus did not take an event. */
class EventRefusedError extends Error {
  override readonly name = 'EventRefusedError';
}

export interface EventBridgeOptions {
  events: EventBridgeClient;
  /** Name or ARN. */
  eventBusName: string;
  /** Epoch milliseconds. */
  now: () => number;
}

/** Puts events on a bus of EventBridge. */
export function toEventBridge({ events, eventBusName, now }: EventBridgeOptions): EngineDeps['publish'] {
  return async ({ source, detailType, detail }) => {
    const entry = {
      EventBusName: eventBusName,
      Source: source,
      DetailType: detailType,
      Detail: JSON.stringify(detail),
      Time: new Date(now()),
    };
    const { FailedEntryCount, Entries } = await events.send(new PutEventsCommand({ Entries: [entry] }));
    if (FailedEntryCount) throw new EventRefusedError(`The bus answered ${Entries?.[0]?.ErrorCode ?? 'an error'}.`);
  };
}

/** An event that is not taken is logged, no more: no work is done again for it. */
export function bestEffort(
  publish: (event: EngineEvent) => Promise<void>,
  logger: Pick<Logger, 'warn'>,
): EngineDeps['publish'] {
  return async (event) => {
    try {
      await publish(event);
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown';
      logger.warn('Event not published', { detailType: event.detailType, error: name });
    }
  };
}
