import { mkdirSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type BuildAppOptions, buildApp } from 'fauxqs';

export interface Queues {
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Creates a queue where it is missing. */
  create(name: string, attributes?: Record<string, string>): Promise<void>;
  /** On disk when it returns. Where there is no such queue, nothing happens and the answer is false. */
  send(arn: string, body: string): boolean;
  /**
   * Makes what a consumer that is gone had received visible again, at once, and as if it had not been received: that the
   * process ended is not the message's fault, and must not bring it to the dead-letter queue.
   */
  release(arn: string): void;
  close(): Promise<void>;
}

type Stores = NonNullable<BuildAppOptions['stores']>;
interface Internals {
  sqsStore: Stores['sqsStore'];
  snsStore: Stores['snsStore'];
  s3Store: Stores['s3Store'];
}

/**
 * fauxqs with its stores on disk, but without its socket: `startFauxqs` listens on all interfaces, which the stand-ins
 * must not, and `buildApp` takes stores that the package does not export. They are taken from its files; its version
 * is pinned.
 */
async function persistentStores(directory: string): Promise<Internals & { close(): void }> {
  const inside = (path: string) => import(new URL(path, import.meta.resolve('fauxqs')).href);
  const [{ SqsStore }, { SnsStore }, { S3Store }, { PersistenceManager }] = await Promise.all([
    inside('./sqs/sqsStore.js'),
    inside('./sns/snsStore.js'),
    inside('./s3/s3Store.js'),
    inside('./persistence.js'),
  ]);
  mkdirSync(directory, { recursive: true });
  const persistence = new PersistenceManager(directory);
  const sqsStore = new SqsStore();
  const snsStore = new SnsStore();
  const s3Store = new S3Store();
  persistence.loadSqsAndSns(sqsStore, snsStore);
  sqsStore.persistence = persistence;
  snsStore.persistence = persistence;
  for (const queue of sqsStore.allQueues()) queue.persistence = persistence;
  return { sqsStore, snsStore, s3Store, close: () => persistence.close() };
}

/** The local SQS, kept in `directory`. */
export async function createQueues(directory: string): Promise<Queues> {
  const stores = await persistentStores(directory);
  const app = buildApp({ logger: false, defaultRegion: 'us-east-1', stores });
  await app.ready();
  const { SqsStore } = await import(new URL('./sqs/sqsStore.js', import.meta.resolve('fauxqs')).href);
  return {
    handle: (request, response) => app.routing(request, response),
    async create(name, attributes = {}) {
      const { statusCode, payload } = await app.inject({
        method: 'POST',
        url: '/',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': 'AmazonSQS.CreateQueue',
          host: '127.0.0.1',
        },
        payload: JSON.stringify({ QueueName: name, Attributes: attributes }),
      });
      if (statusCode !== 200) throw new Error(`The queue ${name} could not be created: ${payload}`);
    },
    send(arn, body) {
      const queue = stores.sqsStore.getQueueByArn(arn);
      if (queue === undefined) return false;
      queue.enqueue(SqsStore.createMessage(body, {}, undefined));
      return true;
    },
    release(arn) {
      // By its deadline: fauxqs 2.4.1 can't write a visibility of 0 to its database.
      const received = stores.sqsStore.getQueueByArn(arn)?.inflightMessages.values() ?? [];
      for (const entry of received) {
        entry.visibilityDeadline = Date.now();
        entry.message.approximateReceiveCount--;
      }
    },
    async close() {
      await app.close();
      stores.close();
    },
  };
}
