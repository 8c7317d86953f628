import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { DEAD_LETTER_QUEUE, TRIGGER_QUEUE } from '../../local/account.ts';
import { COMMON_HELP, clientOptions, common, parse } from '../options.ts';
import { print } from '../terminal.ts';

const HELP = `npm run vivavoce -- redrive [OPTIONS]

Delivers the uploads in the dead-letter queue again, once what kept them out is mended: natively (StartMessageMoveTask)
on AWS, message by message where that is not served. An upload that had come through meanwhile is found, not repeated.

  --queue NAME               the trigger queue (${TRIGGER_QUEUE})
  --dead-letter-queue NAME   (${DEAD_LETTER_QUEUE})
${COMMON_HELP}
`;

async function move(sqs: SQSClient, from: string | undefined, to: string | undefined): Promise<number> {
  let moved = 0;
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: from, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    );
    if (Messages.length === 0) return moved;
    for (const { Body, ReceiptHandle } of Messages) {
      await sqs.send(new SendMessageCommand({ QueueUrl: to, MessageBody: Body }));
      await sqs.send(new DeleteMessageCommand({ QueueUrl: from, ReceiptHandle }));
      moved++;
    }
  }
}

export async function run(argv: string[]): Promise<number> {
  const { values } = parse(argv, {
    ...common,
    queue: { type: 'string', default: TRIGGER_QUEUE },
    'dead-letter-queue': { type: 'string', default: DEAD_LETTER_QUEUE },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const sqs = new SQSClient(clientOptions(values));
  const urlOf = async (QueueName: string) => (await sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl;
  const from = await urlOf(values['dead-letter-queue']);
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: from, AttributeNames: ['QueueArn', 'ApproximateNumberOfMessages'] }),
  );
  const waiting = Number(Attributes?.ApproximateNumberOfMessages ?? 0);
  let moved = waiting;
  try {
    await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: Attributes?.QueueArn }));
  } catch (error) {
    const unserved =
      error instanceof Error &&
      /UnsupportedOperation|UnknownOperation|InvalidAction|NotImplemented/i.test(`${error.name} ${error.message}`);
    if (!unserved) throw error;
    moved = await move(sqs, from, await urlOf(values.queue));
  }
  if (values.json) print(JSON.stringify({ moved }));
  else print(moved === 0 ? 'The dead-letter queue is empty.' : `${moved} uploads are delivered again.`);
  return 0;
}
