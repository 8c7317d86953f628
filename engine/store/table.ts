import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { ConcurrentChangeError } from '../errors.ts';

export interface Stored {
  sort: string;
  /** JSON value; whoever put it knows its type. */
  value: unknown;
  /** Grows by one with each write: what a conditional write names. */
  version: number;
}

export interface Page {
  items: Stored[];
  /** Sort key after which the next page begins; undefined on the last. */
  next?: string;
}

/** Where a write goes on: only as a first version, only over that version, or over whatever is there. */
export type Condition = 'absent' | number | undefined;

/** The four attributes of every item. */
const PARTITION = 'pk';
const SORT = 'sk';
const BODY = 'body';
const VERSION = 'version';
export const TIME_TO_LIVE = 'expires';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** DynamoDB's own limit of one batch. */
const BATCH = 25;

/**
 * One DynamoDB table for everything: partition and sort key, an encrypted JSON body, a version. Only single items are
 * written, and every write that must not lose another's is conditional, so that no transaction is needed.
 *
 * The body is encrypted (AES-256-GCM, its keys authenticated with it) before it leaves the process: no operator of the
 * database sees a speaker id or a voiceprint, and an item copied under another key does not decrypt.
 */
export class Table {
  readonly #client: DynamoDBClient;
  readonly #name: string;
  readonly #key: Uint8Array;

  constructor(client: DynamoDBClient, name: string, encryptionKey: Uint8Array) {
    this.#client = client;
    this.#name = name;
    this.#key = encryptionKey;
  }

  /** Creates the table where it is missing; on AWS the stack has created it. */
  async create(): Promise<void> {
    try {
      await this.#client.send(
        new CreateTableCommand({
          TableName: this.#name,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [
            { AttributeName: PARTITION, AttributeType: 'S' },
            { AttributeName: SORT, AttributeType: 'S' },
          ],
          KeySchema: [
            { AttributeName: PARTITION, KeyType: 'HASH' },
            { AttributeName: SORT, KeyType: 'RANGE' },
          ],
        }),
      );
    } catch (error) {
      if (!(error instanceof ResourceInUseException)) throw error;
    }
    await waitUntilTableExists({ client: this.#client, maxWaitTime: 60, minDelay: 1 }, { TableName: this.#name });
  }

  #encrypt(value: unknown, partition: string, sort: string): Uint8Array {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(`${partition}\n${sort}`));
    const body = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), body]);
  }

  #decrypt(bytes: Uint8Array, partition: string, sort: string): unknown {
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', this.#key, nonce)
      .setAAD(Buffer.from(`${partition}\n${sort}`))
      .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    return JSON.parse(text.toString('utf8'));
  }

  #read(item: Record<string, AttributeValue>): Stored {
    const partition = item[PARTITION]?.S ?? '';
    const sort = item[SORT]?.S ?? '';
    const body = item[BODY]?.B ?? new Uint8Array();
    return { sort, value: this.#decrypt(body, partition, sort), version: Number(item[VERSION]?.N ?? 0) };
  }

  #item(partition: string, sort: string, value: unknown, version: number, expiresAt?: Date) {
    return {
      [PARTITION]: { S: partition },
      [SORT]: { S: sort },
      [BODY]: { B: this.#encrypt(value, partition, sort) },
      [VERSION]: { N: String(version) },
      ...(expiresAt !== undefined && { [TIME_TO_LIVE]: { N: String(Math.floor(expiresAt.getTime() / 1000)) } }),
    };
  }

  async get(partition: string, sort: string): Promise<Stored | undefined> {
    const { Item } = await this.#client.send(
      new GetItemCommand({
        TableName: this.#name,
        Key: { [PARTITION]: { S: partition }, [SORT]: { S: sort } },
        ConsistentRead: true,
      }),
    );
    return Item === undefined ? undefined : this.#read(Item);
  }

  /** @throws ConcurrentChangeError where the condition does not hold. */
  async put(partition: string, sort: string, value: unknown, condition?: Condition, expiresAt?: Date): Promise<void> {
    const version = typeof condition === 'number' ? condition + 1 : 1;
    await this.#conditional(condition, (clause) =>
      this.#client.send(
        new PutItemCommand({
          TableName: this.#name,
          Item: this.#item(partition, sort, value, version, expiresAt),
          ...clause,
        }),
      ),
    );
  }

  /** Many items at once, over whatever is there. */
  async putMany(partition: string, entries: readonly { sort: string; value: unknown }[]): Promise<void> {
    for (let at = 0; at < entries.length; at += BATCH) {
      let requests = entries
        .slice(at, at + BATCH)
        .map(({ sort, value }) => ({ PutRequest: { Item: this.#item(partition, sort, value, 1) } }));
      while (requests.length > 0) requests = await this.#batch(requests);
    }
  }

  /** @throws ConcurrentChangeError where the condition does not hold. */
  async delete(partition: string, sort: string, condition?: number): Promise<void> {
    await this.#conditional(condition, (clause) =>
      this.#client.send(
        new DeleteItemCommand({
          TableName: this.#name,
          Key: { [PARTITION]: { S: partition }, [SORT]: { S: sort } },
          ...clause,
        }),
      ),
    );
  }

  /** Everything in a partition, a page at a time. */
  async deleteAll(partition: string): Promise<void> {
    for (;;) {
      const { items } = await this.query(partition, { limit: BATCH });
      if (items.length === 0) return;
      let requests = items.map(({ sort }) => ({
        DeleteRequest: { Key: { [PARTITION]: { S: partition }, [SORT]: { S: sort } } },
      }));
      while (requests.length > 0) requests = await this.#batch(requests);
    }
  }

  /** Items in the order of their sort keys, from after `after`; backwards where `newestFirst`. */
  async query(
    partition: string,
    options: { prefix?: string; after?: string | undefined; limit?: number; newestFirst?: boolean } = {},
  ): Promise<Page> {
    const { prefix, after, limit, newestFirst = false } = options;
    const answer = await this.#client.send(
      new QueryCommand({
        TableName: this.#name,
        ConsistentRead: true,
        ScanIndexForward: !newestFirst,
        KeyConditionExpression: prefix === undefined ? '#p = :p' : '#p = :p AND begins_with(#s, :s)',
        ExpressionAttributeNames: { '#p': PARTITION, ...(prefix !== undefined && { '#s': SORT }) },
        ExpressionAttributeValues: { ':p': { S: partition }, ...(prefix !== undefined && { ':s': { S: prefix } }) },
        ...(after !== undefined && { ExclusiveStartKey: { [PARTITION]: { S: partition }, [SORT]: { S: after } } }),
        ...(limit !== undefined && { Limit: limit }),
      }),
    );
    const next = answer.LastEvaluatedKey?.[SORT]?.S;
    return { items: (answer.Items ?? []).map((item) => this.#read(item)), ...(next !== undefined && { next }) };
  }

  /** A page for a list: `next` is there only where another item is. */
  async page(
    partition: string,
    options: { after?: string | undefined; limit: number; newestFirst?: boolean },
  ): Promise<Page> {
    const { items } = await this.query(partition, { ...options, limit: options.limit + 1 });
    const shown = items.slice(0, options.limit);
    const last = shown.at(-1);
    return { items: shown, ...(items.length > shown.length && last !== undefined && { next: last.sort }) };
  }

  /** All of a partition, page by page. */
  async *all(partition: string, prefix?: string): AsyncGenerator<Stored> {
    let after: string | undefined;
    do {
      const page = await this.query(partition, { after, ...(prefix !== undefined && { prefix }) });
      yield* page.items;
      after = page.next;
    } while (after !== undefined);
  }

  async #batch<Request>(requests: Request[]): Promise<Request[]> {
    const { UnprocessedItems } = await this.#client.send(
      new BatchWriteItemCommand({ RequestItems: { [this.#name]: requests as [] } }),
    );
    return (UnprocessedItems?.[this.#name] ?? []) as Request[];
  }

  async #conditional(condition: Condition, write: (clause: object) => Promise<unknown>): Promise<void> {
    const clause =
      condition === undefined
        ? {}
        : condition === 'absent'
          ? { ConditionExpression: 'attribute_not_exists(#p)', ExpressionAttributeNames: { '#p': PARTITION } }
          : {
              ConditionExpression: '#v = :v',
              ExpressionAttributeNames: { '#v': VERSION },
              ExpressionAttributeValues: { ':v': { N: String(condition) } },
            };
    try {
      await write(clause);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      throw new ConcurrentChangeError('The item was changed meanwhile.', { cause: error });
    }
  }
}
