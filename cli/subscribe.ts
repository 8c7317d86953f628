import { randomUUID } from 'node:crypto';
import {
  DeleteRuleCommand,
  EventBridgeClient,
  type EventBridgeClientConfig,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs';

type Clients = SQSClientConfig & EventBridgeClientConfig;

interface SubscriptionOptions {
  bus: string;
  pattern: object;
  clients: Clients;
  signal: AbortSignal;
  /** Called once events are received from now on. */
  subscribed?: () => Promise<void>;
}

/** On AWS a queue takes events only from whom its policy names. */
const policy = (queueArn: string | undefined, ruleArn: string | undefined) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queueArn,
        Condition: { ArnEquals: { 'aws:SourceArn': ruleArn } },
      },
    ],
  });

/** Messages as they come; none once `signal` ends the wait. */
async function received(sqs: SQSClient, command: ReceiveMessageCommand, signal: AbortSignal): Promise<Message[]> {
  try {
    return (await sqs.send(command, { abortSignal: signal })).Messages ?? [];
  } catch (error) {
    if (signal.aborted) return [];
    throw error;
  }
}

/**
 * Events of a bus, through a rule and a queue that live as long as the loop over them: whatever was made is removed, also
 * where the rest could not be. The rule is first, so that a bus that is not there leaves nothing.
 */
export async function* subscribe({
  bus,
  pattern,
  clients,
  signal,
  subscribed,
}: SubscriptionOptions): AsyncGenerator<object> {
  const sqs = new SQSClient(clients);
  const events = new EventBridgeClient(clients);
  const Name = `vivavoce-cli-${randomUUID()}`;
  const undo: (() => Promise<unknown>)[] = [];
  try {
    const rule = { Name, EventBusName: bus };
    const { RuleArn } = await events.send(new PutRuleCommand({ ...rule, EventPattern: JSON.stringify(pattern) }));
    undo.push(() => events.send(new DeleteRuleCommand(rule)));
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: Name }));
    undo.push(() => sqs.send(new DeleteQueueCommand({ QueueUrl })));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    const Arn = Attributes?.QueueArn;
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: policy(Arn, RuleArn) } }));
    const target = { Rule: Name, EventBusName: bus };
    await events.send(new PutTargetsCommand({ ...target, Targets: [{ Id: 'cli', Arn }] }));
    undo.push(() => events.send(new RemoveTargetsCommand({ ...target, Ids: ['cli'] })));
    await subscribed?.();
    const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 10 });
    while (!signal.aborted) {
      for (const { Body = '{}', ReceiptHandle } of await received(sqs, receive, signal)) {
        yield JSON.parse(Body);
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  } finally {
    const left: unknown[] = [];
    for (const step of undo.reverse()) await step().catch((error: unknown) => left.push(error));
    sqs.destroy();
    events.destroy();
    if (left.length > 0) process.stderr.write(`The rule and queue ${Name} could not be removed: ${left[0]}\n`);
  }
}
