import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { PREFETCH } from '../engine/jobs/runner.ts';
import type { Store } from '../engine/store/store.ts';
import { clientOf, RECORDINGS } from '../local/account.ts';
import { type JobBench, withLocalCloud } from './local-job.ts';
import type { BenchTable } from './table.ts';

const MEGABYTE = 1024 * 1024;

interface Cost {
  /** By the clock. */
  seconds: number;
  /** Of all threads of this process: S3, database and engine. */
  processor: number;
}

async function costOf(run: () => Promise<number>, end: () => Promise<void> = async () => undefined): Promise<Cost> {
  const before = process.cpuUsage();
  const seconds = await run();
  await end();
  const { user, system } = process.cpuUsage(before);
  return { seconds, processor: (user + system) / 1e6 };
}

/**
 * The bare loop: what no runner can do without, one call each, as many requests at once as a job has, and nothing of a
 * job: the speaker is read, the recording asked for, a row put. @returns wall seconds.
 */
async function bareLoop(name: string, keys: readonly string[], s3: S3Client, { cloud }: JobBench, store: Store) {
  const begin = performance.now();
  const queue = keys.entries();
  const lane = async () => {
    for (const [index, Key] of queue) {
      await store.speakers.look(cloud.domainId, `${name}-${index}`);
      const refused = await s3
        .send(new GetObjectCommand({ Bucket: RECORDINGS, Key, Range: `bytes=0-${MEGABYTE - 1}` }))
        .catch((error: unknown) => error);
      if (!(refused instanceof NoSuchKey)) throw new Error(`${Key} is there, expected it to be missing.`);
      const result = { RequestId: `${index}`, ErrorCode: 400, ErrorMessage: refused.message };
      await store.table.put(`BARE#${name}`, String(index), { row: { index, failed: true, result } });
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() * PREFETCH }, lane));
  return (performance.now() - begin) / 1000;
}

/** Jobs whose recordings are all missing: what a request costs beside its audio, by the job's size, and beside a bare loop. */
export async function run({ full }: { full: boolean }): Promise<BenchTable> {
  const sizes = full ? [1, 10, 100, 1000, 10_000] : [1, 10, 100, 1000];
  const rows: (string | number)[][] = [];
  await withLocalCloud(async (bench) => {
    const store = await bench.store();
    const s3 = new S3Client({ ...clientOf(bench.cloud.origin, bench.cloud.accessKey), forcePathStyle: true });
    // The file comes first, the rows are deleted after it, and the queue is left last.
    const over = async () => {
      while ((await store.jobs.queued('ENROLLMENT', bench.cloud.domainId)).length > 0) await sleep(20);
    };
    await bench.enroll('warm', ['missing.wav']);
    await over();
    let each: number | undefined;
    for (const size of sizes) {
      const keys = Array.from({ length: size }, (_, i) => `missing/${i}.wav`);
      const job = await costOf(() => bench.enroll(`size-${size}`, keys), over);
      const memory = Math.round(process.memoryUsage.rss() / MEGABYTE);
      const bare = await costOf(() => bareLoop(`bare-${size}`, keys, s3, bench, store));
      const milliseconds = (1000 * job.seconds) / size;
      // The smallest job is mostly its own start.
      if (size === 100) each = milliseconds;
      rows.push([
        size,
        job.seconds.toFixed(1),
        milliseconds.toFixed(1),
        each === undefined ? '' : (milliseconds / each).toFixed(2),
        bare.seconds.toFixed(1),
        (job.seconds / bare.seconds).toFixed(2),
        job.processor.toFixed(2),
        bare.processor.toFixed(2),
        (job.processor / bare.processor).toFixed(2),
        memory,
      ]);
    }
  });
  return {
    title: 'A job by its number of requests, all recordings missing (one process: S3, database and engine)',
    columns: [
      'requests',
      'seconds',
      'ms a request',
      'against 100',
      'bare loop, seconds',
      'ratio',
      'processor, seconds',
      'bare loop',
      'ratio',
      'memory, MB',
    ],
    rows,
  };
}
