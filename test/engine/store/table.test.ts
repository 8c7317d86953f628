import {
  DynamoDBClient,
  DynamoDBServiceException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Put, Table, type Version } from '../../../engine/store/table.ts';
import { startTestEngine, type TestEngine } from '../harness.ts';

const KEY = new Uint8Array(32).fill(7);
let engine: TestEngine;
let client: DynamoDBClient;
let waits: number[];
let table: Table;

beforeEach(async () => {
  engine = await startTestEngine();
  client = new DynamoDBClient(engine.services.dynamoDb);
  waits = [];
  table = new Table(client, 'engine-test', KEY, async (milliseconds) => waits.push(milliseconds));
});
afterEach(() => engine.stop());

it('creates a table, and gives it its time to live, whoever created it', async () => {
  const other = new Table(client, 'other', KEY);
  // dynalite's answer, that it knows no such operation, is taken.
  await other.create();
  await other.put('P', 's', 1);
  let status = 'DISABLED';
  let looks: 'ALLOWED' | 'DENIED' = 'ALLOWED';
  const asked: unknown[] = [];
  const denied = () => new DynamoDBServiceException({ name: 'AccessDeniedException', $fault: 'client', $metadata: {} });
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === 'DescribeTimeToLiveCommand') {
          if (looks === 'DENIED') throw denied();
          const TimeToLiveDescription = { TimeToLiveStatus: status };
          return { output: { $metadata: {}, TimeToLiveDescription }, response: {} } as never;
        }
        if (commandName !== 'UpdateTimeToLiveCommand') return next(args);
        // As DynamoDB, which takes no second one.
        if (status !== 'DISABLED') throw new Error('TimeToLive is already enabled');
        status = 'ENABLING';
        asked.push(args.input);
        return { output: { $metadata: {} }, response: {} };
      },
    { step: 'initialize' },
  );
  // The table is there: an engine was killed between its creation and its time to live. Two find it so at once.
  await Promise.all([other.create(), new Table(client, 'other', KEY).create()]);
  status = 'ENABLED';
  await other.create();
  looks = 'DENIED';
  await other.create();
  expect(asked).toEqual([{ TableName: 'other', TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true } }]);
});

it('gives no version twice, not even after a deletion', async () => {
  const first = await table.put('P', 's', 1, 'absent');
  await table.delete('P', 's', first);
  const second = await table.put('P', 's', 2, 'absent');
  expect(second).not.toBe(first);
  await expect(table.put('P', 's', 3, first)).rejects.toMatchObject({ name: 'ConcurrentChangeError' });
  expect((await table.get('P', 's'))?.value).toBe(2);
});

it('writes all or none, and says whose condition did not hold', async () => {
  const version = await table.put('P', 'there', 1, 'absent');
  const put = { partition: 'P', sort: 'new', value: 1 };
  const check = { partition: 'P', sort: 'missing' };
  await expect(
    table.write([
      { put, where: 'absent' },
      { check, where: version },
    ]),
  ).rejects.toMatchObject({ at: 1 });
  expect(await table.get('P', 'new')).toBeUndefined();
  await table.write([
    { put, where: 'absent' },
    { check: { partition: 'P', sort: 'there' }, where: version },
  ]);
  expect((await table.get('P', 'new'))?.value).toBe(1);
});

it('takes a write whose answer was lost for its own', async () => {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        if (/Put|Transact/.test(commandName)) await next(args);
        return next(args);
      },
    { step: 'initialize' },
  );
  await table.put('P', 's', 1, 'absent');
  await table.write([
    { put: { partition: 'P', sort: 'a', value: 1 }, where: 'absent' },
    { put: { partition: 'P', sort: 'b', value: 1 }, where: 'absent' },
  ]);
  expect((await table.get('P', 'b'))?.value).toBe(1);
});

it('waits before it asks again for what DynamoDB left undone', async () => {
  await table.put('P', 's', 1);
  let left = 3;
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        if (commandName !== 'BatchWriteItemCommand' || left-- === 0) return next(args);
        const { RequestItems } = args.input as { RequestItems?: object };
        return { output: { $metadata: {}, UnprocessedItems: RequestItems }, response: {} } as never;
      },
    { step: 'initialize' },
  );
  expect(await table.deleteAll('P')).toBe(true);
  expect(waits).toHaveLength(3);
  expect(await table.get('P', 's')).toBeUndefined();
});

it('reads some of a partition, and asks again for what DynamoDB left', async () => {
  await Promise.all(['a', 'b', 'c'].map((sort) => table.put('P', sort, sort)));
  await table.put('Q', 'd', 'another partition');
  let left = 2;
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        if (commandName !== 'BatchGetItemCommand' || left-- <= 0) return next(args);
        const { RequestItems } = args.input as { RequestItems?: object };
        return { output: { $metadata: {}, UnprocessedKeys: RequestItems }, response: {} } as never;
      },
    { step: 'initialize' },
  );
  const found = await table.getEach('P', ['c', 'd', 'a']);
  expect([...found].map(([sort, { value }]) => [sort, value]).toSorted()).toEqual([
    ['a', 'a'],
    ['c', 'c'],
  ]);
  expect(waits).toHaveLength(2);
  const many = Array.from({ length: 230 }, (_, i) => `none-${i}`);
  expect((await table.getEach('P', [...many, 'b'])).get('b')?.value).toBe('b');
  expect((await table.getEach('P', [])).size).toBe(0);
});

it('writes what has nothing to do with each other at once, but for what is refused', async () => {
  const there = await table.put('P', 'there', 'before');
  const commands: string[] = [];
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        commands.push(commandName);
        return next(args);
      },
    { step: 'initialize' },
  );
  const put = (sort: string, where: 'absent' | Version): Put => ({
    put: { partition: 'P', sort, value: 'now' },
    where,
  });
  const writes = [put('a', 'absent'), put('there', 'absent'), put('b', 'absent'), put('gone', there)];
  const refused = await table.writeEach(writes);
  expect([...refused.keys()].map((one) => one.put.sort).toSorted()).toEqual(['gone', 'there']);
  const values = await table.getEach('P', ['a', 'b', 'there', 'gone']);
  expect([...values].map(([sort, { value }]) => [sort, value]).toSorted()).toEqual([
    ['a', 'now'],
    ['b', 'now'],
    ['there', 'before'],
  ]);
  expect(commands.filter((name) => name === 'TransactWriteItemsCommand')).toHaveLength(3);
  expect(await table.writeEach([put('there', there)])).toEqual(new Map());
});

const conflicts = {
  PutItemCommand: new TransactionConflictException({ message: 'no', $metadata: {} }),
  TransactWriteItemsCommand: new TransactionCanceledException({
    message: 'no',
    $metadata: {},
    CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict' }],
  }),
};

it.each([
  ['a write on its own', 'PutItemCommand', [{ put: { partition: 'P', sort: 's', value: 1 } }]],
  [
    'a transaction',
    'TransactWriteItemsCommand',
    [{ put: { partition: 'P', sort: 's', value: 1 } }, { put: { partition: 'P', sort: 't', value: 1 } }],
  ],
] as const)('asks again for %s that meets a transaction of others, for some seconds', async (_, command, writes) => {
  let times = 2;
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        if (commandName === command && times-- > 0) throw conflicts[command];
        return next(args);
      },
    { step: 'initialize' },
  );
  await table.write(writes);
  expect(waits).toHaveLength(2);
  times = Number.POSITIVE_INFINITY;
  // Nobody knows whether its condition holds: it is not taken for a change of somebody else's.
  await expect(table.write(writes)).rejects.toMatchObject({ name: 'ThrottledError' });
});
