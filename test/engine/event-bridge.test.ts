import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { expect, it } from 'vitest';
import { bestEffort, toEventBridge } from '../../engine/event-bridge.ts';
import { type Answer, startAws } from './lambda/aws.ts';

const event = { source: 'vivavoce.voiceid', detailType: 'VoiceId Speaker Action', detail: { sourceId: 's' } } as const;

it.each<[string, Answer, object[]]>([
  ['takes it', { body: '{"FailedEntryCount":0,"Entries":[{"EventId":"e"}]}' }, []],
  [
    'refuses the entry',
    { body: '{"FailedEntryCount":1,"Entries":[{"ErrorCode":"InternalFailure"}]}' },
    [{ detailType: event.detailType, error: 'EventRefusedError' }],
  ],
  [
    'is not there',
    { status: 400, body: '{"__type":"ResourceNotFoundException","message":"no such bus"}' },
    [{ detailType: event.detailType, error: 'ResourceNotFoundException' }],
  ],
])('an event is put on the bus, and logged where the bus %s: no work fails for it', async (_, answer, warnings) => {
  const aws = await startAws(() => answer);
  try {
    const credentials = { accessKeyId: 'k', secretAccessKey: 's' };
    const events = new EventBridgeClient({ region: 'us-east-1', endpoint: aws.origin, credentials });
    const logged: unknown[] = [];
    const publish = bestEffort(toEventBridge({ events, eventBusName: 'bus', now: () => 1_780_000_000_000 }), {
      warn: (_message, fields) => void logged.push(fields),
    });
    await publish(event);
    expect(logged).toEqual(warnings);
    const [asked] = aws.asked;
    expect(JSON.parse(asked?.body ?? '').Entries).toEqual([
      {
        EventBusName: 'bus',
        Source: event.source,
        DetailType: event.detailType,
        Detail: '{"sourceId":"s"}',
        Time: 1_780_000_000,
      },
    ]);
  } finally {
    await aws.stop();
  }
});
