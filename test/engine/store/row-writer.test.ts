import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RowWriter } from '../../../engine/store/row-writer.ts';
import { type Put, Table } from '../../../engine/store/table.ts';
import { startTestEngine, type TestEngine } from '../harness.ts';

let engine: TestEngine;
let table: Table;
/** Items of each write, in the order they were made. */
const calls: number[] = [];

beforeAll(async () => {
  engine = await startTestEngine();
  const client = new DynamoDBClient(engine.services.dynamoDb);
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const { TransactItems } = args.input as { TransactItems?: unknown[] };
        if (commandName === 'PutItemCommand') calls.push(1);
        if (TransactItems !== undefined) calls.push(TransactItems.length);
        return next(args);
      },
    { step: 'initialize' },
  );
  table = new Table(client, 'engine-test', new Uint8Array(32).fill(7));
});
afterAll(() => engine.stop());

const row = (sort: string, value: number): Put => ({ put: { partition: 'ROWS', sort, value }, where: 'absent' });

it('writes a row at once, and those that come meanwhile together; each is told of its own outcome', async () => {
  const writer = new RowWriter(table);
  const rows = [row('a', 1), row('b', 1), row('c', 1), row('b', 2), row('a', 2)];
  const outcomes = await Promise.allSettled(rows.map((one) => writer.write(one)));
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected']);
  // `a`; then `b`, `c` and the second `a`, which is refused, and the two that are left; then the second `b`.
  expect(calls).toEqual([1, 3, 2, 1]);
  const found = await table.getEach('ROWS', ['a', 'b', 'c']);
  expect([...found.values()].map(({ value }) => value)).toEqual([1, 1, 1]);
  // Nothing is under way any more: the next one is a write of its own.
  calls.length = 0;
  await writer.write(row('d', 1));
  expect(calls).toEqual([1]);
});

it('tells all of a group of an error that is none of theirs, and goes on', async () => {
  const writer = new RowWriter(table);
  const broken = { put: { partition: 'ROWS', sort: 'x', value: 1n }, where: 'absent' } as const;
  const outcomes = await Promise.allSettled([row('e', 1), broken, row('f', 1)].map((one) => writer.write(one)));
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
  await writer.write(row('f', 2));
  expect((await table.get('ROWS', 'f'))?.value).toBe(2);
});
