import db, { type Item, type Store, type Table } from 'dynalite/db/index.js';
import deleteItem from 'dynalite/validations/deleteItem.js';
import validations from 'dynalite/validations/index.js';
import putItem from 'dynalite/validations/putItem.js';
import { z } from 'zod';

const operation = z.looseObject({ TableName: z.string() });
const inputSchema = z.object({
  TransactItems: z
    .array(
      z
        .strictObject({
          Put: operation.optional(),
          Delete: operation.optional(),
          ConditionCheck: operation.extend({ ConditionExpression: z.string() }).optional(),
        })
        .refine((item) => Object.values(item).filter((one) => one !== undefined).length === 1),
    )
    .min(1)
    .max(100),
});

/** One operation of a transaction, resolved. */
interface Step {
  table: string;
  key: string;
  /** As dynalite's own operations take it: with its condition parsed. */
  data: object;
  /** What is to be there after it; `undefined`: nothing. */
  write?: { item: Item | undefined };
}

const TYPE = 'com.amazonaws.dynamodb.v20120810#';

function refusal(type: string, message: string, members: object = {}): Error {
  return Object.assign(new Error(message), { statusCode: 400, body: { __type: type, message, ...members } });
}
const invalid = (message: string) => refusal('com.amazon.coral.validate#ValidationException', message);

function call<T>(run: (done: (error: Error | null, value: T) => void) => void): Promise<T> {
  return new Promise((done, fail) => run((error, value) => (error ? fail(error) : done(value))));
}

type TransactItem = z.infer<typeof inputSchema>['TransactItems'][number];

const tableOf = ({ Put, Delete, ConditionCheck }: TransactItem) => (Put ?? Delete ?? ConditionCheck)?.TableName ?? '';

/** The tables that a transaction is about, each looked up once. */
async function schemasOf(items: readonly TransactItem[], store: Store): Promise<Map<string, Table>> {
  const schemas = new Map<string, Table>();
  for (const name of new Set(items.map(tableOf))) {
    const schema = await call<Table>((done) => store.getTable(name, done));
    if ('GlobalSecondaryIndexes' in schema || 'LocalSecondaryIndexes' in schema)
      throw invalid(`Found secondary indexes on ${name}: transactions over these are not supported here.`);
    schemas.set(name, schema);
  }
  return schemas;
}

function resolveStep(item: TransactItem, schemas: ReadonlyMap<string, Table>, store: Store): Step {
  const given = item.Put ?? item.Delete ?? item.ConditionCheck;
  const table = tableOf(item);
  const schema = schemas.get(table) ?? {};
  const puts = item.Put !== undefined;
  const { types, custom } = puts ? putItem : deleteItem;
  const data = validations.checkTypes(given, types);
  validations.checkValidations(data, types, custom, store);
  const place = (puts ? data.Item : data.Key) as Item;
  const wrong = puts ? db.validateItem(place, schema) : db.validateKey(place, schema);
  if (wrong != null) throw wrong;
  const key = db.createKey(place, schema);
  if (puts) return { table, key, data, write: { item: place } };
  return item.Delete === undefined ? { table, key, data } : { table, key, data, write: { item: undefined } };
}

/** Runs with the items of `keys` locked, table by table in order of their names: no two transactions wait in a circle. */
async function locked<T>(store: Store, keys: [table: string, keys: string[]][], run: () => Promise<T>): Promise<T> {
  const [first, ...rest] = keys;
  if (first === undefined) return run();
  return new Promise((done, fail) => {
    store.getItemDb(first[0]).lock(first[1].toSorted(), (release) => {
      locked(store, rest, run).then(
        (value) => release(() => done(value))(),
        (error: unknown) => release(() => fail(error))(),
      );
    });
  });
}

/**
 * Several writes and checks as one: all, or none where a condition does not hold. As the real one it takes up to 100
 * operations on different items, and says of each which condition failed. It has no `Update`, and no memory of client
 * request tokens; tables with secondary indexes are refused, for the writes would pass these by.
 */
export async function transactWriteItems(input: unknown, store: Store): Promise<object> {
  const parsed = inputSchema.safeParse(input);
  if (!parsed.success) {
    throw invalid('Found a transaction that is none here: expected 1 to 100 of Put, Delete and ConditionCheck.');
  }
  const { TransactItems } = parsed.data;
  const schemas = await schemasOf(TransactItems, store);
  const steps = TransactItems.map((item) => resolveStep(item, schemas, store));
  const keys = Map.groupBy(steps, ({ table }) => table);
  for (const of of keys.values()) {
    if (new Set(of.map(({ key }) => key)).size < of.length)
      throw invalid('Transaction request cannot include multiple operations on one item');
  }
  const order = [...keys]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([table, of]): [string, string[]] => [table, of.map(({ key }) => key)]);

  return locked(store, order, async () => {
    const reasons = await Promise.all(
      steps.map(async ({ table, key, data }) => {
        const item = await new Promise<Item | undefined>((done, fail) =>
          store.getItemDb(table).get(key, (error, found) => {
            if (error === null || error === undefined) done(found);
            else if (error.name === 'NotFoundError') done(undefined);
            else fail(error);
          }),
        );
        const failed = db.checkConditional(data, item);
        return failed == null ? { Code: 'None' } : { Code: 'ConditionalCheckFailed', Message: failed.message };
      }),
    );
    if (reasons.some(({ Code }) => Code !== 'None')) {
      const codes = reasons.map(({ Code }) => Code).join(', ');
      throw refusal(
        `${TYPE}TransactionCanceledException`,
        `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
        { Message: `Transaction cancelled [${codes}]`, CancellationReasons: reasons },
      );
    }
    // One batch of the database below: a process that is killed leaves all of it, or nothing.
    const writes = steps.flatMap(({ table, key, write }) => {
      if (write === undefined) return [];
      const place = `item-${table}~${key}`;
      return [
        write.item === undefined
          ? { type: 'del' as const, key: place }
          : { type: 'put' as const, key: place, value: write.item },
      ];
    });
    await call<void>((done) => store.db.batch(writes, done));
    return {};
  });
}
