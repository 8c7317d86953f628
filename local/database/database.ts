import type { IncomingMessage, ServerResponse } from 'node:http';
import db, { type Store } from 'dynalite/db/index.js';
import validations from 'dynalite/validations/index.js';
import { knowTables } from './known-tables.ts';
import { transactWriteItems } from './transact-write-items.ts';

export interface Database {
  handle(request: IncomingMessage, response: ServerResponse): void;
  close(): Promise<void>;
}

/** dynalite's operations. Its server knows this list alone, and keeps its store to itself: so the server is this one. */
const OPERATIONS = [
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DeleteTable',
  'DescribeTable',
  'DescribeTimeToLive',
  'GetItem',
  'ListTables',
  'ListTagsOfResource',
  'PutItem',
  'Query',
  'Scan',
  'TagResource',
  'UntagResource',
  'UpdateItem',
  'UpdateTable',
] as const;

type Operation = (input: unknown, store: Store) => Promise<object>;

/** DynamoDB's own limit of one request. */
const MOST_BYTES = 16 * 1024 * 1024;

async function dynaliteOperation(name: string): Promise<Operation> {
  const file = `${name.charAt(0).toLowerCase()}${name.slice(1)}.js`;
  const { default: action } = await import(`dynalite/actions/${file}`);
  const { default: validation } = await import(`dynalite/validations/${file}`);
  return (input, store) => {
    const data = validations.checkTypes(input, validation.types);
    validations.checkValidations(data, validation.types, validation.custom, store);
    return new Promise((done, fail) =>
      action(store, data, (error: Error | null, answer: object) => (error ? fail(error) : done(answer))),
    );
  };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > MOST_BYTES) throw refusal(413, 'RequestEntityTooLargeException', 'The request is too long.');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (cause) {
    throw Object.assign(refusal(400, 'com.amazon.coral.service#SerializationException', 'No JSON.'), { cause });
  }
}

/** Refusals carry their own wire form, as dynalite's do. */
function refusal(statusCode: number, type: string, message: string): Error {
  return Object.assign(new Error(message), { statusCode, body: { __type: type, message } });
}

function wireForm(error: unknown): { statusCode: number; body: object } {
  if (
    error instanceof Error &&
    'statusCode' in error &&
    typeof error.statusCode === 'number' &&
    'body' in error &&
    typeof error.body === 'object' &&
    error.body !== null
  )
    return { statusCode: error.statusCode, body: error.body };
  const message = error instanceof Error ? error.message : String(error);
  return { statusCode: 500, body: { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message } };
}

/** The local DynamoDB: dynalite on LevelDB in `directory`, or in memory; and transactions, which dynalite has not. */
export async function createDatabase(directory?: string): Promise<Database> {
  const operations = new Map<string, Operation>([['TransactWriteItems', transactWriteItems]]);
  for (const name of OPERATIONS) operations.set(name, await dynaliteOperation(name));
  const store = db.create({ createTableMs: 0, ...(directory !== undefined && { path: directory }) });
  await store.db.open();
  const tableChanges = knowTables(store);

  async function answer(request: IncomingMessage): Promise<{ statusCode: number; body: object }> {
    try {
      const input = await bodyOf(request);
      const name = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      const operation = operations.get(name);
      if (operation === undefined)
        throw refusal(400, 'com.amazon.coral.service#UnknownOperationException', 'No such operation here.');
      tableChanges(name);
      const body = await operation(input, store);
      tableChanges(name);
      return { statusCode: 200, body };
    } catch (error) {
      return wireForm(error);
    }
  }
  return {
    handle(request, response) {
      void answer(request).then(({ statusCode, body }) => {
        response.writeHead(statusCode, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
      });
    },
    close: () =>
      new Promise((done, fail) => store.lifecycleManager.gracefulClose((error) => (error ? fail(error) : done()))),
  };
}
