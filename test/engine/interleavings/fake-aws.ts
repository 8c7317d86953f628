import { Readable } from 'node:stream';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBClient,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import type { Process, Scheduler } from './scheduler.ts';

type Item = Record<string, AttributeValue>;
const text = z.looseObject({ S: z.string() });
const key = z.looseObject({ pk: text, sk: text });
const values = z.record(z.string(), z.looseObject({ S: z.string().optional(), N: z.string().optional() })).optional();
const conditional = z.looseObject({
  Key: key.optional(),
  Item: key.optional(),
  ConditionExpression: z.string().optional(),
  ExpressionAttributeValues: values,
});
const inputs = {
  get: z.looseObject({ Key: key }),
  query: z.looseObject({
    ExpressionAttributeValues: z.record(z.string(), text),
    ExclusiveStartKey: key.optional(),
    ScanIndexForward: z.boolean().optional(),
    Limit: z.number().optional(),
  }),
  gets: z.looseObject({ RequestItems: z.record(z.string(), z.looseObject({ Keys: z.array(key) })) }),
  batch: z.looseObject({
    RequestItems: z.record(z.string(), z.array(z.looseObject({ DeleteRequest: z.looseObject({ Key: key }) }))),
  }),
  transact: z.looseObject({
    TransactItems: z.array(
      z.looseObject({
        Put: conditional.optional(),
        Delete: conditional.optional(),
        ConditionCheck: conditional.optional(),
      }),
    ),
  }),
};
type Key = z.infer<typeof key>;

/** Items of a page, at most: paging is a part of what is tested. */
const MOST = 7;

/**
 * The one table, in memory, with those operations that the engine's store makes, each in one step. A real DynamoDB is
 * tested elsewhere; this one does what a seed says, in no time.
 */
export class FakeTable {
  readonly items = new Map<string, Item>();

  #name = ({ pk, sk }: Key) => `${pk.S}\n${sk.S}`;

  #holds({
    Key,
    Item,
    ConditionExpression: condition,
    ExpressionAttributeValues,
  }: z.infer<typeof conditional>): boolean {
    const place = Key ?? Item;
    const there = place && this.items.get(this.#name(place));
    if (condition === undefined) return true;
    if (condition === 'attribute_not_exists(#p)') return there === undefined;
    if (condition === '#v = :v') return there?.version?.N === ExpressionAttributeValues?.[':v']?.N;
    throw new Error(`No such condition here: ${condition}`);
  }

  #put(input: z.infer<typeof conditional>): void {
    if (input.Item !== undefined) this.items.set(this.#name(input.Item), input.Item as Item);
  }

  #delete(place: Key | undefined): void {
    if (place !== undefined) this.items.delete(this.#name(place));
  }

  call(command: string, input: unknown): object {
    if (command === 'GetItemCommand') return { Item: this.items.get(this.#name(inputs.get.parse(input).Key)) };
    if (command === 'BatchGetItemCommand') return this.#gets(inputs.gets.parse(input));
    if (command === 'QueryCommand') return this.#query(inputs.query.parse(input));
    if (command === 'PutItemCommand' || command === 'DeleteItemCommand') {
      const parsed = conditional.parse(input);
      if (!this.#holds(parsed)) throw new ConditionalCheckFailedException({ message: 'no', $metadata: {} });
      if (command === 'PutItemCommand') this.#put(parsed);
      else this.#delete(parsed.Key);
      return {};
    }
    if (command === 'UpdateItemCommand') return { Attributes: { rows: { N: '1' } } };
    if (command === 'BatchWriteItemCommand') {
      for (const requests of Object.values(inputs.batch.parse(input).RequestItems))
        for (const { DeleteRequest } of requests) this.#delete(DeleteRequest.Key);
      return {};
    }
    if (command === 'TransactWriteItemsCommand') return this.#transact(inputs.transact.parse(input));
    throw new Error(`No such command here: ${command}`);
  }

  /** Those beyond a page are left, as DynamoDB may leave some. */
  #gets({ RequestItems }: z.infer<typeof inputs.gets>) {
    const Responses: Record<string, Item[]> = {};
    const UnprocessedKeys: Record<string, { Keys: Key[] }> = {};
    for (const [name, { Keys }] of Object.entries(RequestItems)) {
      Responses[name] = Keys.slice(0, MOST).flatMap((one) => {
        const item = this.items.get(this.#name(one));
        return item === undefined ? [] : [item];
      });
      if (Keys.length > MOST) UnprocessedKeys[name] = { Keys: Keys.slice(MOST) };
    }
    return { Responses, UnprocessedKeys };
  }

  #query({
    ExpressionAttributeValues: named,
    ExclusiveStartKey,
    ScanIndexForward,
    Limit,
  }: z.infer<typeof inputs.query>) {
    const [from, to, prefix] = [named[':from']?.S, named[':to']?.S, named[':s']?.S];
    const found = [...this.items.values()]
      .filter(({ pk }) => pk?.S === named[':p']?.S)
      .filter(({ sk }) => prefix === undefined || sk?.S?.startsWith(prefix))
      .filter(({ sk }) => from === undefined || to === undefined || ((sk?.S ?? '') >= from && (sk?.S ?? '') <= to))
      .toSorted((a, b) => ((a.sk?.S ?? '') < (b.sk?.S ?? '') ? -1 : 1));
    if (ScanIndexForward === false) found.reverse();
    const after = ExclusiveStartKey?.sk.S;
    const past = (sort: string) => after === undefined || (ScanIndexForward === false ? sort < after : sort > after);
    const rest = found.filter(({ sk }) => past(sk?.S ?? ''));
    const Items = rest.slice(0, Math.min(Limit ?? MOST, MOST));
    const last = Items.at(-1);
    return { Items, ...(rest.length > Items.length && last !== undefined && { LastEvaluatedKey: last }) };
  }

  #transact({ TransactItems }: z.infer<typeof inputs.transact>): object {
    const holds = TransactItems.map(({ Put, Delete, ConditionCheck }) =>
      [Put, Delete, ConditionCheck].every((one) => one === undefined || this.#holds(one)),
    );
    if (holds.includes(false)) {
      const CancellationReasons = holds.map((it) => ({ Code: it ? 'None' : 'ConditionalCheckFailed' }));
      throw new TransactionCanceledException({ message: 'no', $metadata: {}, CancellationReasons });
    }
    for (const { Put, Delete } of TransactItems) {
      if (Put !== undefined) this.#put(Put);
      this.#delete(Delete?.Key);
    }
    return {};
  }
}

/** What a call waits for. */
type Turns = Pick<Scheduler, 'turn' | 'below'>;

/** The network's own fault: nobody knows whether the call took effect. */
export class LostAnswerError extends Error {
  override readonly name = 'LostAnswerError';
}

/** Of so many calls one has no answer: before it took effect, or after. */
const LOSES = 150;

function middleware(process: Process, scheduler: Turns, call: (command: string, input: object) => object) {
  return (_next: unknown, { commandName = '' }: { commandName?: string }) =>
    async ({ input }: { input: object }) => {
      if (process.dead) await new Promise(() => undefined);
      await scheduler.turn(process);
      const lost = scheduler.below(LOSES) === 0;
      if (lost && scheduler.below(2) === 0) throw new LostAnswerError(commandName);
      const output = call(commandName, input);
      await scheduler.turn(process);
      if (lost) throw new LostAnswerError(commandName);
      return { output, response: {} };
    };
}

const options = { region: 'us-east-1', credentials: { accessKeyId: 'k', secretAccessKey: 's' } };

export function fakeDynamoDb(table: FakeTable, process: Process, scheduler: Turns): DynamoDBClient {
  const client = new DynamoDBClient(options);
  const call = (command: string, input: object) => table.call(command, input);
  // The stack's types know each command's output; here it is whatever the table says.
  client.middlewareStack.add(middleware(process, scheduler, call) as never, { step: 'initialize' });
  return client;
}

const objectInput = z.looseObject({ Bucket: z.string(), Key: z.string(), Body: z.string().optional() });

/** @param objects `bucket/key` → content. */
export function fakeS3(objects: Map<string, string>, process: Process, scheduler: Turns): S3Client {
  const client = new S3Client(options);
  const call = (command: string, input: object): object => {
    const { Bucket, Key, Body } = objectInput.parse(input);
    const name = `${Bucket}/${Key}`;
    if (command === 'PutObjectCommand') {
      objects.set(name, Body ?? '');
      return {};
    }
    const content = objects.get(name);
    if (content === undefined) throw new NoSuchKey({ message: 'no', $metadata: { httpStatusCode: 404 } });
    return { Body: Readable.from([Buffer.from(content)]), ContentLength: Buffer.byteLength(content) };
  };
  client.middlewareStack.add(middleware(process, scheduler, call) as never, { step: 'initialize' });
  return client;
}
