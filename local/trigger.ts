import { setTimeout as sleep } from 'node:timers/promises';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { z } from 'zod';
import { queueArn, REGION, TRIGGER_QUEUE } from './account.ts';
import type { Lambda } from './lambda.ts';

const BATCH = 10;
/** Longer than a function may run. */
const VISIBILITY_SECONDS = 150;
/** Wait before a failed message is delivered again, doubling with each delivery. */
const RETRY_SECONDS = 2;

const batchResponse = z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })) });

const record = (message: Message): SQSRecord => ({
  messageId: message.MessageId ?? '',
  receiptHandle: message.ReceiptHandle ?? '',
  body: message.Body ?? '',
  attributes: {
    ApproximateReceiveCount: message.Attributes?.ApproximateReceiveCount ?? '1',
    SentTimestamp: message.Attributes?.SentTimestamp ?? '0',
    SenderId: message.Attributes?.SenderId ?? '',
    ApproximateFirstReceiveTimestamp: message.Attributes?.ApproximateFirstReceiveTimestamp ?? '0',
  },
  messageAttributes: {},
  md5OfBody: message.MD5OfBody ?? '',
  eventSource: 'aws:sqs',
  eventSourceARN: queueArn(TRIGGER_QUEUE),
  awsRegion: REGION,
});

/** The queue's messages to start-enrollment, as Lambda's event source mapping brings them: at least once, in batches. */
export async function pollTrigger(sqs: SQSClient, lambda: Lambda, stopping: AbortSignal): Promise<void> {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: TRIGGER_QUEUE }));
  const receive = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: BATCH,
    WaitTimeSeconds: 20,
    VisibilityTimeout: VISIBILITY_SECONDS,
    MessageSystemAttributeNames: ['All'],
  });
  const again = (message: Message) => {
    const count = Number(message.Attributes?.ApproximateReceiveCount ?? 1);
    const VisibilityTimeout = Math.min(VISIBILITY_SECONDS, RETRY_SECONDS * 2 ** (count - 1));
    return sqs.send(
      new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle, VisibilityTimeout }),
    );
  };

  while (!stopping.aborted) {
    try {
      const { Messages: messages = [] } = await sqs.send(receive, { abortSignal: stopping });
      if (messages.length === 0) continue;
      let failed: Set<string>;
      try {
        const result = await lambda.invoke('start-enrollment', { Records: messages.map(record) }, stopping);
        failed = new Set(batchResponse.parse(result).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      } catch {
        // Logged by the function; the messages come again, and end in the dead-letter queue.
        failed = new Set(messages.map(({ MessageId = '' }) => MessageId));
      }
      for (const message of messages) {
        if (failed.has(message.MessageId ?? '')) await again(message);
        else await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
      }
    } catch (error) {
      if (!stopping.aborted) {
        process.stderr.write(`The trigger queue could not be polled, trying again: ${error}\n`);
        await sleep(1000, undefined, { signal: stopping }).catch(() => undefined);
      }
    }
  }
}
