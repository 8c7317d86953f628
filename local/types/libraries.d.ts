/** The parts that are used of libraries that bring no types. */
declare module '@20minutes/s3rver' {
  import type { IncomingMessage, ServerResponse } from 'node:http';
  import type { Readable } from 'node:stream';

  export interface S3Notification {
    Records: {
      eventName: string;
      s3: { bucket: { name: string }; object: { key: string; size?: number; eTag?: string } };
    }[];
  }

  export interface S3Object {
    size: number;
    /** Where one was asked for. */
    range?: object;
    /** None where the range can't be satisfied. */
    content: Readable | null;
  }

  export interface S3Store {
    getResourcePath(bucket: string, key: string | undefined, resource: string): string;
    getMetadata(
      bucket: string,
      key: string,
    ): Promise<{ etag: string; 'last-modified': string; 'content-length': string | number }>;
    getObject(bucket: string, key: string, range?: { start?: number; end?: number }): Promise<S3Object | null>;
    getBucket(bucket: string): Promise<object | undefined>;
    /** All objects with the prefix, in the order of their directories. */
    listObjects(bucket: string, options: { prefix: string }): Promise<{ objects: { key: string }[] }>;
  }

  export interface S3Context {
    /** What the body is read from. */
    req: Readable;
    readonly request: { headers: Record<string, string | string[] | undefined> };
    type: string;
    status: number;
    body: unknown;
  }

  export default class S3rver {
    constructor(options: {
      directory: string;
      silent: boolean;
      allowMismatchedSignatures: boolean;
      vhostBuckets: boolean;
      configureBuckets: { name: string; configs: string[] }[];
    });
    /** Koa's, in the order they are called. */
    readonly middleware: ((context: S3Context, next: () => Promise<void>) => Promise<void>)[];
    readonly store: S3Store;
    configureBuckets(): Promise<void>;
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
    on(event: 'event', listener: (notification: S3Notification) => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
  }
}

/** dynalite without its server: the store on LevelDB, and each operation with the types that its input has. */
declare module 'dynalite/db/index.js' {
  export interface Item {
    [attribute: string]: object;
  }
  export type Callback<T> = (error: Error | null, value: T) => void;
  export interface Table {
    TableStatus: string;
    KeySchema: object;
    GlobalSecondaryIndexes?: object;
    LocalSecondaryIndexes?: object;
  }

  export interface Store {
    db: {
      open(): Promise<void>;
      batch(operations: { type: 'put' | 'del'; key: string; value?: Item }[], done: Callback<void>): void;
    };
    getTable(name: string, ...rest: [done: Callback<Table>] | [checkStatus: boolean, done: Callback<Table>]): void;
    getItemDb(name: string): {
      lock(keys: string[], run: (release: (done: () => void) => () => void) => void): void;
      get(key: string, done: Callback<Item | undefined>): void;
      createKeyStream(): AsyncIterable<string>;
    };
    lifecycleManager: { gracefulClose(done: (error?: Error) => void): void };
  }

  const db: {
    create(options: { path?: string; createTableMs?: number }): Store;
    validateItem(item: Item, table: object): Error | null | undefined;
    validateKey(key: Item, table: object): Error | null | undefined;
    createKey(item: Item, table: object): string;
    checkConditional(data: object, item: Item | undefined): Error | null | undefined;
  };
  export default db;
}

declare module 'dynalite/validations/index.js' {
  import type { Store } from 'dynalite/db/index.js';

  const validations: {
    checkTypes(data: unknown, types: object): Record<string, unknown>;
    checkValidations(data: object, types: object, custom: unknown, store: Store): void;
  };
  export default validations;
}

declare module 'dynalite/validations/putItem.js' {
  const validation: { types: object; custom: unknown };
  export default validation;
}

declare module 'dynalite/validations/deleteItem.js' {
  const validation: { types: object; custom: unknown };
  export default validation;
}
