import { randomUUID } from 'node:crypto';
import {
  DeleteRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { BUS } from '../../local/account.ts';
import { stepFunctionsClient } from '../clients.ts';
import { COMMON_HELP, clientOptions, common, parse } from '../options.ts';
import { print } from '../terminal.ts';
import { endings } from '../watch.ts';

const HELP = `npm run vivavoce -- events [--follow] [OPTIONS]

Lists the endings of uploads, newest first. With --follow: every event of the bus as it comes, through a rule and a
queue of its own that are removed at Ctrl-C.

  --limit N            how many endings (20)
  --bus NAME           another event bus than ${BUS}
${COMMON_HELP}
`;

interface SubscriptionOptions {
  bus: string;
  pattern: object;
  clients: ReturnType<typeof clientOptions>;
  signal: AbortSignal;
  /** Called once events are received from now on. */
  subscribed?: () => Promise<void>;
}

/** A rule and a queue that live as long as the loop over them. */
export async function* subscribe({
  bus,
  pattern,
  clients,
  signal,
  subscribed,
}: SubscriptionOptions): AsyncGenerator<object> {
  const sqs = new SQSClient(clients);
  const events = new EventBridgeClient(clients);
  const name = `vivavoce-cli-${randomUUID()}`;
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  try {
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    const Arn = Attributes?.QueueArn;
    const { RuleArn } = await events.send(
      new PutRuleCommand({ Name: name, EventBusName: bus, EventPattern: JSON.stringify(pattern) }),
    );
    // On AWS a queue takes events only from whom its policy names.
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: Arn,
          Condition: { ArnEquals: { 'aws:SourceArn': RuleArn } },
        },
      ],
    });
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
    await events.send(new PutTargetsCommand({ Rule: name, EventBusName: bus, Targets: [{ Id: 'cli', Arn }] }));
    await subscribed?.();
    while (!signal.aborted) {
      const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 2 });
      const { Messages = [] } = await sqs.send(receive);
      for (const { Body = '{}', ReceiptHandle } of Messages) {
        yield JSON.parse(Body);
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  } finally {
    await events.send(new RemoveTargetsCommand({ Rule: name, EventBusName: bus, Ids: ['cli'] }));
    await events.send(new DeleteRuleCommand({ Name: name, EventBusName: bus }));
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  }
}

export async function run(argv: string[]): Promise<number> {
  const { values } = parse(argv, {
    ...common,
    follow: { type: 'boolean', default: false },
    limit: { type: 'string', default: '20' },
    bus: { type: 'string', default: BUS },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (values.follow) {
    const stop = new AbortController();
    process.once('SIGINT', () => stop.abort());
    process.once('SIGTERM', () => stop.abort());
    const pattern = { source: [{ prefix: 'vivavoce.' }] };
    const clients = clientOptions(values);
    for await (const event of subscribe({ bus: values.bus, pattern, clients, signal: stop.signal })) {
      print(values.json ? JSON.stringify(event) : JSON.stringify(event, null, 2));
    }
    return 0;
  }
  let left = Number(values.limit);
  const list = [];
  for await (const ending of endings(stepFunctionsClient(values))) {
    if (left-- <= 0) break;
    list.push(ending);
    if (!values.json) {
      const counts = Object.entries(ending.detail.counts ?? {}).map(([name, value]) => `${name} ${value}`);
      print(`${ending.detail.endedAt}  ${ending.detailType}  ${ending.detail.manifest.key}  ${counts.join(', ')}`);
    }
  }
  if (values.json) print(JSON.stringify(list));
  else if (list.length === 0) print('No upload has ended yet.');
  return 0;
}
