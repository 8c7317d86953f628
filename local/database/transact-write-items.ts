import db, { type Item, type Store } from 'dynalite/db/index.js';
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

async function resolveStep(
  { Put, Delete, ConditionCheck }: z.infer<typeof inputSchema>['TransactItems'][number],
  store: Store,
): Promise<Step> {
  const given = Put ?? Delete ?? ConditionCheck;
  const table = given?.TableName ?? '';
  const schema = await call<object>((done) => store.getTable(table, done));
  const { types, custom } = Put === undefined ? deleteItem : putItem;
  const data = validations.checkTypes(given, types);
  validations.checkValidations(data, types, custom, store);
  const item = (Put === undefined ? data.Key : data.Item) as Item;
  const wrong = Put === undefined ? db.validateKey(item, schema) : db.validateItem(item, schema);
  if (wrong != null) throw wrong;
  const key = db.createKey(item, schema);
  if (Put !== undefined) return { table, key, data, write: { item } };
  return Delete === undefined ? { table, key, data } : { table, key, data, write: { item: undefined } };
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
  const steps = await Promise.all(parsed.data.TransactItems.map((item) => resolveStep(item, store)));
  const keys = Map.groupBy(steps, ({ table }) => table);
  for (const [table, of] of keys) {
    if (new Set(of.map(({ key }) => key)).size < of.length)
      throw invalid('Transaction request cannot include multiple operations on one item');
    const schema = await call<object>((done) => store.getTable(table, done));
    if ('GlobalSecondaryIndexes' in schema || 'LocalSecondaryIndexes' in schema)
      throw invalid(`Found secondary indexes on ${table}: transactions over these are not supported here.`);
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
