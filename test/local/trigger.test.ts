import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetQueueUrlCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { run as redrive } from '../../cli/commands/redrive.ts';
import { ACCESS_KEY, DEAD_LETTER_QUEUE, queueArn, TRIGGER_QUEUE } from '../../local/account.ts';
import { createQueues, type Queues } from '../../local/queues.ts';
import { pollTrigger } from '../../local/trigger.ts';

let directory: string;
let queues: Queues;
let server: Server;
let origin: string;
let sqs: SQSClient;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vivavoce-trigger-'));
  queues = await createQueues(directory);
  await queues.create(DEAD_LETTER_QUEUE);
  const deadLetterTargetArn = queueArn(DEAD_LETTER_QUEUE);
  // Fewer tries than the cloud's own: waits double.
  await queues.create(TRIGGER_QUEUE, { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: '2' }) });
  server = createServer((request, response) => queues.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  sqs = new SQSClient({ region: 'us-east-1', endpoint: origin, credentials: ACCESS_KEY });
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await queues.close();
  await rm(directory, { recursive: true, force: true });
});

const batch = z.object({
  Records: z.array(z.looseObject({ messageId: z.string(), body: z.string(), eventSource: z.literal('aws:sqs') })),
});

it('delivers messages until they are taken; those that never are end in the dead-letter queue, and come again when redriven', async () => {
  const taken: string[] = [];
  const tries: Record<string, number> = {};
  let mended = false;
  const lambda = {
    async invoke(functionName: string, event: unknown) {
      expect(functionName).toBe('start-enrollment');
      const { Records } = batch.parse(event);
      const failures = [];
      for (const { body, messageId } of Records) {
        const count = (tries[body] ?? 0) + 1;
        tries[body] = count;
        if (body === 'good' || mended || (body === 'flaky' && count > 1)) taken.push(body);
        else failures.push({ itemIdentifier: messageId });
      }
      return { batchItemFailures: failures };
    },
    close: async () => undefined,
  };
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: TRIGGER_QUEUE }));
  for (const MessageBody of ['good', 'flaky', 'bad']) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));

  const stopping = new AbortController();
  const polling = pollTrigger(sqs, lambda, stopping.signal);
  const dead = await sqs.send(new GetQueueUrlCommand({ QueueName: DEAD_LETTER_QUEUE }));
  const look = new ReceiveMessageCommand({ QueueUrl: dead.QueueUrl, VisibilityTimeout: 1, WaitTimeSeconds: 1 });
  let bodies: unknown[] = [];
  while (bodies.length === 0) bodies = ((await sqs.send(look)).Messages ?? []).map(({ Body }) => Body);
  expect(bodies).toEqual(['bad']);
  expect(taken.toSorted()).toEqual(['flaky', 'good']);
  expect(tries).toEqual({ good: 1, flaky: 2, bad: 2 });

  mended = true;
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const output = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    expect(await redrive(['--endpoint-url', origin])).toBe(0);
  } finally {
    output.mockRestore();
  }
  while (!taken.includes('bad')) await new Promise((resolve) => setTimeout(resolve, 100));
  expect(tries.bad).toBe(3);
  stopping.abort();
  await polling;
});

it('does not count a delivery that the end of its process cut short', async () => {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: TRIGGER_QUEUE }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'survivor' }));
  const receive = new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ['ApproximateReceiveCount'] });
  // Twice as often as a message may be received.
  for (let life = 1; life <= 4; life++) {
    const { Messages = [] } = await sqs.send(receive);
    expect(Messages).toMatchObject([{ Body: 'survivor', Attributes: { ApproximateReceiveCount: '1' } }]);
    await queues.close();
    queues = await createQueues(directory);
    queues.release(queueArn(TRIGGER_QUEUE));
  }
});
