import { withLocalCloud } from './local-job.ts';
import type { BenchTable } from './table.ts';

const MEGABYTE = 1024 * 1024;

/** Jobs whose recordings are all missing: what a request costs beside its audio, by the job's size. */
export async function run({ full }: { full: boolean }): Promise<BenchTable> {
  const sizes = full ? [10, 100, 1000, 10_000] : [10, 100, 1000];
  const rows: (string | number)[][] = [];
  await withLocalCloud(async (cloud) => {
    await cloud.enroll('warm', ['missing.wav']);
    let each: number | undefined;
    for (const size of sizes) {
      const seconds = await cloud.enroll(
        `size-${size}`,
        Array.from({ length: size }, (_, i) => `missing/${i}.wav`),
      );
      const milliseconds = (1000 * seconds) / size;
      // The smallest job is mostly its own start.
      if (size === 100) each = milliseconds;
      const ratio = each === undefined ? '' : (milliseconds / each).toFixed(2);
      rows.push([
        size,
        seconds.toFixed(1),
        milliseconds.toFixed(1),
        ratio,
        Math.round(process.memoryUsage.rss() / MEGABYTE),
      ]);
    }
  });
  return {
    title: 'A job by its number of requests, all recordings missing (one process: S3, database and engine)',
    columns: ['requests', 'seconds', 'ms a request', 'against 100', 'memory, MB'],
    rows,
  };
}
