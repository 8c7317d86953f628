import { availableParallelism } from 'node:os';
import { createVoiceprintPool } from '../engine/voiceprint/pool.ts';
import { callers, recordCall } from '../local/demo/callers.ts';
import { withLocalCloud } from './local-job.ts';
import type { BenchTable } from './main.ts';

/** The bare loop: recordings straight from memory to the workers, nothing fetched and nothing kept. */
async function bare(recordings: readonly Uint8Array[]): Promise<number> {
  const pool = await createVoiceprintPool();
  const one = async function* (bytes: Uint8Array) {
    yield { uri: 'bench', bytes: new Uint8Array(bytes), channelId: 0 };
  };
  const extract = (bytes: Uint8Array) => pool.extract(one(bytes), { minimumNetSpeechSeconds: 30 });
  // Models are loaded once a worker, as in a job that follows another.
  await Promise.all(recordings.slice(0, 2 * pool.width).map(extract));
  const begin = performance.now();
  const queue = recordings.values();
  const worker = async () => {
    for (const bytes of queue) await extract(bytes);
  };
  await Promise.all(Array.from({ length: pool.width * 2 }, worker));
  const seconds = (performance.now() - begin) / 1000;
  await pool.close();
  return seconds;
}

/** A job on the local cloud, with S3, database, manifest and output file, against the computation alone. */
export async function run({ full }: { full: boolean }): Promise<BenchTable> {
  const count = full ? 200 : 40;
  const calls = await Promise.all(callers.slice(0, 4).map((caller) => recordCall(caller)));
  const recordings = Array.from({ length: count }, (_, i) => calls[i % calls.length] ?? new Uint8Array());
  const rows: (string | number)[][] = [];
  await withLocalCloud(async (cloud) => {
    for (const [i, call] of calls.entries()) await cloud.put(`${i}.wav`, call);
    const keys = recordings.map((_, i) => `${i % calls.length}.wav`);
    await cloud.enroll('warm', keys.slice(0, 8));
    // In turn, so that both see the same machine.
    for (let round = 1; round <= 3; round++) {
      const loop = await bare(recordings);
      const job = await cloud.enroll(`round-${round}`, keys);
      rows.push([
        `round ${round}`,
        (count / loop).toFixed(2),
        (count / job).toFixed(2),
        `${((100 * loop) / job).toFixed(0)}%`,
      ]);
    }
  });
  return {
    title: `Speakers enrolled a second, ${count} of 30 s net speech on ${availableParallelism()} cores: a whole job against the bare computation`,
    columns: ['', 'bare loop', 'job', 'job against loop'],
    rows,
  };
}
