import { withLocalCloud } from './local-job.ts';
import type { BenchTable } from './table.ts';

const REQUESTS = 300;

/** What a request costs beside its audio, by how many speakers the domain has already. */
export async function run({ full }: { full: boolean }): Promise<BenchTable> {
  const sizes = full ? [0, 1000, 10_000, 100_000] : [0, 1000, 5000];
  const rows: (string | number)[][] = [];
  await withLocalCloud(async (cloud) => {
    const keys = Array.from({ length: REQUESTS }, (_, i) => `missing/${i}.wav`);
    await cloud.enroll('warm', keys);
    let none: number | undefined;
    let enrolled = 0;
    for (const size of sizes) {
      await cloud.seed(enrolled, size);
      enrolled = size;
      // The quicker of two: noise only ever adds.
      const seconds = Math.min(await cloud.enroll(`first-${size}`, keys), await cloud.enroll(`second-${size}`, keys));
      none ??= seconds;
      rows.push([size, ((1000 * seconds) / REQUESTS).toFixed(1), (seconds / none).toFixed(2)]);
    }
  });
  return {
    title: `A job of ${REQUESTS} requests, all recordings missing, by the speakers enrolled already`,
    columns: ['speakers', 'ms a request', 'against none'],
    rows,
  };
}
