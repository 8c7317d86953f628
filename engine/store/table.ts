import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ResourceInUseException,
  TransactionCanceledException,
  TransactionConflictException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
  type WriteRequest,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { ConcurrentChangeError, ThrottledError } from '../errors.ts';

/**
 * What a conditional write names: a number that no other write of the table ever has, not even one after a deletion. A
 * counter would begin again there, and take a stale write for a fresh one.
 */
export type Version = `${bigint}`;

export interface Stored {
  sort: string;
  /** JSON value; whoever put it knows its type. */
  value: unknown;
  version: Version;
}

export interface Page {
  items: Stored[];
  /** Sort key after which the next page begins; undefined on the last. */
  next?: string;
}

/** Where a write goes on: only where nothing is, only over that version, or over whatever is there. */
export type Condition = 'absent' | Version | undefined;

/** Sort keys that begin so, or are within two, both of them included. */
export type Sorts = string | { from: string; to: string };
const BEGINS = 'begins_with(#s, :s)';
const BETWEEN = '#s BETWEEN :from AND :to';

export interface Place {
  partition: string;
  sort: string;
}

export interface Put {
  put: Place & { value: unknown; expiresAt?: Date | undefined };
  where?: Condition;
}

/** One of the writes that are made together, or none of them; or something that has to be so for them to be made. */
export type Write = Put | { delete: Place; where?: Condition } | { check: Place; where: Exclude<Condition, undefined> };

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
/** Batches of deletions at once. */
const AT_ONCE = 4;
/** DynamoDB's own limit of one transaction. */
export const MOST_WRITES = 100;
/** DynamoDB's own limit of items that are read at once. */
const MOST_READS = 100;
/** Tries of what DynamoDB takes only in part, or refuses for what others do at that moment: some seconds in all. */
const TRIES = 12;

/** At random between nothing and a limit that doubles: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/ */
const backOff = (tries: number) => Math.random() * Math.min(2000, 20 * 2 ** tries);

/** 120 bits at random, within the 38 digits that a number of DynamoDB's has. */
const newVersion = (): Version => `${BigInt(`0x${randomBytes(15).toString('hex')}`)}` as const;
const versionOf = (item: Record<string, AttributeValue>): Version => `${BigInt(item[VERSION]?.N ?? 0)}` as const;

/** Reasons of a cancelled transaction that are about the moment, not about what is stored. */
const PASSING = new Set(['TransactionConflict', 'ProvisionedThroughputExceeded', 'ThrottlingError']);

const keyOf = ({ partition, sort }: Place) => ({ [PARTITION]: { S: partition }, [SORT]: { S: sort } });

/**
 * One DynamoDB table for everything: partition and sort key, an encrypted JSON body, a version. Every write that must
 * not lose another's is conditional. Writes that belong together, or that depend on another item, are one transaction.
 *
 * The body is encrypted (AES-256-GCM, its keys authenticated with it) before it leaves the process: no operator of the
 * database sees a speaker id or a voiceprint, and an item copied under another key does not decrypt.
 */
export class Table {
  readonly #client: DynamoDBClient;
  readonly #name: string;
  readonly #key: Uint8Array;

  readonly #sleep: (milliseconds: number) => Promise<unknown>;

  /** @param sleep between tries. */
  constructor(
    client: DynamoDBClient,
    name: string,
    encryptionKey: Uint8Array,
    sleep: (milliseconds: number) => Promise<unknown> = wait,
  ) {
    this.#client = client;
    this.#name = name;
    this.#key = encryptionKey;
    this.#sleep = sleep;
  }

  /** Creates the table, and its time to live, where they are missing; on AWS the stack has created them. */
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
    await this.#letExpire();
  }

  /** Whoever made the table may have gone before it had its time to live, or did not know of it. */
  async #letExpire(): Promise<void> {
    if (await this.#expires()) return;
    try {
      const TimeToLiveSpecification = { AttributeName: TIME_TO_LIVE, Enabled: true };
      await this.#client.send(new UpdateTimeToLiveCommand({ TableName: this.#name, TimeToLiveSpecification }));
    } catch (error) {
      // Stand-ins that know no such thing keep what has expired: it takes room, and is judged by its times where it matters.
      if (error instanceof Error && error.name === 'UnknownOperationException') return;
      // Another engine that starts at this moment may have come first.
      if (!(await this.#expires())) throw error;
    }
  }

  async #expires(): Promise<boolean> {
    try {
      const { TimeToLiveDescription } = await this.#client.send(
        new DescribeTimeToLiveCommand({ TableName: this.#name }),
      );
      return TimeToLiveDescription?.TimeToLiveStatus?.startsWith('ENABL') ?? false;
    } catch (error) {
      // Credentials that may not look may not change it, either: it is up to whoever gave them.
      if (error instanceof Error && error.name === 'AccessDeniedException') return true;
      throw error;
    }
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
    return { sort, value: this.#decrypt(body, partition, sort), version: versionOf(item) };
  }

  #item(
    { partition, sort, value, expiresAt }: Place & { value: unknown; expiresAt?: Date | undefined },
    version: Version,
  ) {
    return {
      [PARTITION]: { S: partition },
      [SORT]: { S: sort },
      [BODY]: { B: this.#encrypt(value, partition, sort) },
      [VERSION]: { N: version },
      ...(expiresAt !== undefined && { [TIME_TO_LIVE]: { N: String(Math.floor(expiresAt.getTime() / 1000)) } }),
    };
  }

  async get(partition: string, sort: string): Promise<Stored | undefined> {
    const { Item } = await this.#client.send(
      new GetItemCommand({
        TableName: this.#name,
        Key: keyOf({ partition, sort }),
        ConsistentRead: true,
      }),
    );
    return Item === undefined ? undefined : this.#read(Item);
  }

  /**
   * Some of a partition, by their sort keys. Those that are not there are left out.
   * @throws ThrottledError where DynamoDB, asked for some seconds, still leaves some.
   */
  async getEach(partition: string, sorts: readonly string[]): Promise<Map<string, Stored>> {
    const found = new Map<string, Stored>();
    for (let at = 0; at < sorts.length; at += MOST_READS) {
      let left: Record<string, AttributeValue>[] = sorts
        .slice(at, at + MOST_READS)
        .map((sort) => keyOf({ partition, sort }));
      for (let tries = 0; left.length > 0; tries++) {
        if (tries > TRIES) throw new ThrottledError(`DynamoDB left ${left.length} reads undone.`);
        if (tries > 0) await this.#sleep(backOff(tries));
        const { Responses, UnprocessedKeys } = await this.#client.send(
          new BatchGetItemCommand({ RequestItems: { [this.#name]: { Keys: left, ConsistentRead: true } } }),
        );
        for (const item of Responses?.[this.#name] ?? []) {
          const stored = this.#read(item);
          found.set(stored.sort, stored);
        }
        left = UnprocessedKeys?.[this.#name]?.Keys ?? [];
      }
    }
    return found;
  }

  /** @returns the version that it has now. @throws ConcurrentChangeError where the condition does not hold. */
  put(partition: string, sort: string, value: unknown, condition?: Condition, expiresAt?: Date): Promise<Version> {
    return this.write([{ put: { partition, sort, value, expiresAt }, where: condition }]);
  }

  /** @throws ConcurrentChangeError where the condition does not hold. */
  async delete(partition: string, sort: string, condition?: Condition): Promise<void> {
    await this.write([{ delete: { partition, sort }, where: condition }]);
  }

  /**
   * All of the writes, on different items, at most 100; or none.
   * @returns the version that everything put has now.
   * @throws ConcurrentChangeError which says whose condition did not hold; ThrottledError where DynamoDB, asked for some
   * seconds, does not say.
   */
  async write(writes: readonly Write[]): Promise<Version> {
    const version = newVersion();
    for (let tries = 0; ; tries++) {
      try {
        await this.#send(writes, version);
        return version;
      } catch (error) {
        const failed = failedAt(error);
        if (failed === undefined) throw error;
        // The clients ask again where an answer was lost: it may have been this very write that came first.
        if (await this.#isWritten(writes, version)) return version;
        if (failed !== 'PASSING')
          throw new ConcurrentChangeError('The item was changed meanwhile.', { cause: error, at: failed });
        if (tries >= TRIES)
          throw new ThrottledError(`DynamoDB did not take the write, ${TRIES} times.`, { cause: error });
        await this.#sleep(backOff(tries));
      }
    }
  }

  /**
   * Writes that have nothing to do with each other, on different items, at most 100: in one transaction. Whose condition
   * does not hold is not written, and the others are written without it.
   * @returns what was not written.
   */
  async writeEach(writes: readonly Put[]): Promise<Map<Put, ConcurrentChangeError>> {
    const refused = new Map<Put, ConcurrentChangeError>();
    for (;;) {
      const left = writes.filter((one) => !refused.has(one));
      try {
        if (left.length > 0) await this.write(left);
        return refused;
      } catch (error) {
        const one = error instanceof ConcurrentChangeError ? left[error.at] : undefined;
        if (one === undefined || !(error instanceof ConcurrentChangeError)) throw error;
        refused.set(one, error);
      }
    }
  }

  async #send(writes: readonly Write[], version: Version): Promise<void> {
    const [only] = writes;
    const operations = writes.map((write) => this.#operation(write, version));
    if (writes.length > 1 || only === undefined || 'check' in only) {
      await this.#client.send(new TransactWriteItemsCommand({ TransactItems: operations }));
    } else if (operations[0]?.Put !== undefined) await this.#client.send(new PutItemCommand(operations[0].Put));
    else if (operations[0]?.Delete !== undefined) await this.#client.send(new DeleteItemCommand(operations[0].Delete));
  }

  #operation(write: Write, version: Version) {
    const clause = clauseOf(write.where);
    const TableName = this.#name;
    if ('put' in write) return { Put: { TableName, Item: this.#item(write.put, version), ...clause } };
    const { partition, sort } = 'delete' in write ? write.delete : write.check;
    const Key = { [PARTITION]: { S: partition }, [SORT]: { S: sort } };
    return 'delete' in write
      ? { Delete: { TableName, Key, ...clause } }
      : { ConditionCheck: { TableName, Key, ConditionExpression: '', ...clause } };
  }

  async #isWritten(writes: readonly Write[], version: Version): Promise<boolean> {
    const put = writes.find((write) => 'put' in write)?.put;
    return put !== undefined && (await this.#version(put)) === version;
  }

  async #version({ partition, sort }: Place): Promise<Version | undefined> {
    const { Item } = await this.#client.send(
      new GetItemCommand({
        TableName: this.#name,
        Key: keyOf({ partition, sort }),
        ConsistentRead: true,
        ProjectionExpression: '#v',
        ExpressionAttributeNames: { '#v': VERSION },
      }),
    );
    return Item && versionOf(Item);
  }

  /** Adds to a number in an item of its own, in plain text, so that any number of processes can. @returns the sum. */
  async add(partition: string, sort: string, number: number, expiresAt: Date): Promise<number> {
    const { Attributes } = await this.#client.send(
      new UpdateItemCommand({
        TableName: this.#name,
        Key: keyOf({ partition, sort }),
        UpdateExpression: 'ADD #n :n SET #e = :e',
        ExpressionAttributeNames: { '#n': 'rows', '#e': TIME_TO_LIVE },
        ExpressionAttributeValues: {
          ':n': { N: String(number) },
          ':e': { N: String(Math.floor(expiresAt.getTime() / 1000)) },
        },
        ReturnValues: 'UPDATED_NEW',
      }),
    );
    return Number(Attributes?.rows?.N ?? 0);
  }

  /**
   * Everything in a partition, some at a time, as long as `go` says so.
   * @returns whether nothing is left.
   */
  async deleteAll(partition: string, go: () => boolean = () => true): Promise<boolean> {
    for (;;) {
      const { Items = [] } = await this.#client.send(
        new QueryCommand({
          TableName: this.#name,
          ConsistentRead: true,
          KeyConditionExpression: '#p = :p',
          ProjectionExpression: '#p, #s',
          ExpressionAttributeNames: { '#p': PARTITION, '#s': SORT },
          ExpressionAttributeValues: { ':p': { S: partition } },
          Limit: AT_ONCE * BATCH,
        }),
      );
      if (Items.length === 0) return true;
      if (!go()) return false;
      const requests = Items.map((Key) => ({ DeleteRequest: { Key } }));
      await Promise.all(
        Array.from({ length: AT_ONCE }, (_, i) => this.#batch(requests.slice(i * BATCH, (i + 1) * BATCH))),
      );
    }
  }

  /** Items in the order of their sort keys, from after `after`; backwards where `newestFirst`. */
  async query(
    partition: string,
    options: { sorts?: Sorts | undefined; after?: string | undefined; limit?: number; newestFirst?: boolean } = {},
  ): Promise<Page> {
    const { sorts, after, limit, newestFirst = false } = options;
    const condition = sorts === undefined ? undefined : typeof sorts === 'string' ? BEGINS : BETWEEN;
    const answer = await this.#client.send(
      new QueryCommand({
        TableName: this.#name,
        ConsistentRead: true,
        ScanIndexForward: !newestFirst,
        KeyConditionExpression: condition === undefined ? '#p = :p' : `#p = :p AND ${condition}`,
        ExpressionAttributeNames: { '#p': PARTITION, ...(condition !== undefined && { '#s': SORT }) },
        ExpressionAttributeValues: {
          ':p': { S: partition },
          ...(typeof sorts === 'string' && { ':s': { S: sorts } }),
          ...(typeof sorts === 'object' && { ':from': { S: sorts.from }, ':to': { S: sorts.to } }),
        },
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
  async *all(partition: string, sorts?: Sorts): AsyncGenerator<Stored> {
    let after: string | undefined;
    do {
      const page = await this.query(partition, { after, sorts });
      yield* page.items;
      after = page.next;
    } while (after !== undefined);
  }

  /** @throws ThrottledError where DynamoDB, asked for some seconds, still leaves some. */
  async #batch(requests: WriteRequest[]): Promise<void> {
    let left = requests;
    for (let tries = 0; left.length > 0; tries++) {
      if (tries > TRIES) throw new ThrottledError(`DynamoDB left ${left.length} writes undone.`);
      if (tries > 0) await this.#sleep(backOff(tries));
      const { UnprocessedItems } = await this.#client.send(
        new BatchWriteItemCommand({ RequestItems: { [this.#name]: left } }),
      );
      left = UnprocessedItems?.[this.#name] ?? [];
    }
  }
}

function clauseOf(condition: Condition) {
  if (condition === undefined) return {};
  if (condition === 'absent')
    return { ConditionExpression: 'attribute_not_exists(#p)', ExpressionAttributeNames: { '#p': PARTITION } };
  return {
    ConditionExpression: '#v = :v',
    ExpressionAttributeNames: { '#v': VERSION },
    ExpressionAttributeValues: { ':v': { N: condition } },
  };
}

/** Which write's condition did not hold, or that it may hold in a moment; undefined: another error. */
function failedAt(error: unknown): number | 'PASSING' | undefined {
  if (error instanceof ConditionalCheckFailedException) return 0;
  // A write on its own, to an item that is in somebody's transaction at that moment.
  if (error instanceof TransactionConflictException) return 'PASSING';
  if (!(error instanceof TransactionCanceledException)) return undefined;
  const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code ?? '');
  const at = codes.indexOf('ConditionalCheckFailed');
  if (at >= 0) return at;
  return codes.some((code) => PASSING.has(code)) ? 'PASSING' : undefined;
}
