import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type Database } from '../../local/database/database.ts';

let database: Database;
let client: DynamoDBClient;
let close: () => Promise<unknown>;

beforeAll(async () => {
  database = await createDatabase();
  const server = createServer(database.handle);
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', () => done()));
  const { port } = server.address() as AddressInfo;
  const credentials = { accessKeyId: 'k', secretAccessKey: 's' };
  client = new DynamoDBClient({ region: 'us-east-1', endpoint: `http://127.0.0.1:${port}`, credentials });
  close = () => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
});
afterAll(async () => {
  await close();
  await database.close();
});

const TableName = 'table';

async function create(AttributeName: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName, AttributeType: 'S' }],
      KeySchema: [{ AttributeName, KeyType: 'HASH' }],
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.05 }, { TableName });
}

it('a table that is deleted is gone, and one that is made again under its name is the new one', async () => {
  const get = (name: string) => client.send(new GetItemCommand({ TableName, Key: { [name]: { S: 'a' } } }));
  await create('one');
  await client.send(new PutItemCommand({ TableName, Item: { one: { S: 'a' }, value: { N: '1' } } }));
  expect((await get('one')).Item?.value).toEqual({ N: '1' });
  await client.send(new DeleteTableCommand({ TableName }));
  await expect(get('one')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  await waitUntilTableNotExists({ client, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.05 }, { TableName });
  await expect(get('one')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });

  await create('other');
  await expect(get('one')).rejects.toMatchObject({ name: 'ValidationException' });
  expect((await get('other')).Item).toBeUndefined();
  await client.send(new PutItemCommand({ TableName, Item: { other: { S: 'a' }, value: { N: '2' } } }));
  expect((await get('other')).Item?.value).toEqual({ N: '2' });
});
