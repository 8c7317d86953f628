import { availableParallelism } from 'node:os';
import { callers, recordCall } from '../cli/demo/callers.ts';
import { createVoiceprintPool } from '../engine/voiceprint/pool.ts';
import { withLocalCloud } from './local-job.ts';
import type { BenchTable } from './table.ts';

const MEGABYTE = 1024 * 1024;

interface Cost {
  wallSeconds: number;
  /** Of all threads of this process, S3 and database of the local cloud included. */
  cpuSeconds: number;
}

async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const [begin, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wallSeconds: (performance.now() - begin) / 1000, cpuSeconds: (user + system) / 1e6 };
}

const ratio = (ofLoop: number, ofJob: number) => `${((100 * ofLoop) / ofJob).toFixed(0)}%`;

/** The bare loop: recordings straight from memory to the workers, nothing fetched and nothing kept. */
async function bare(recordings: readonly Uint8Array[]): Promise<Cost> {
  const pool = await createVoiceprintPool();
  const one = async function* (bytes: Uint8Array) {
    yield { uri: 'bench', bytes: new Uint8Array(bytes), channelId: 0 };
  };
  const extract = (bytes: Uint8Array) => pool.extract(one(bytes), { minimumNetSpeechSeconds: 30 });
  // Models are loaded once a worker, as in a job that follows another.
  await Promise.all(recordings.slice(0, 2 * pool.width).map(extract));
  const queue = recordings.values();
  const worker = async () => {
    for (const bytes of queue) await extract(bytes);
  };
  const cost = await costOf(() => Promise.all(Array.from({ length: pool.width * 2 }, worker)));
  await pool.close();
  return cost;
}

/**
 * A job on the local cloud, with S3, database, manifest and output file, against the computation alone. By CPU time it
 * tells the same on a machine that is busy with other things.
 */
export async function run({ full }: { full: boolean }): Promise<BenchTable> {
  const speakers = full ? 1000 : 16;
  const rounds = full ? 1 : 2;
  const calls = await Promise.all(callers.slice(0, 4).map((caller) => recordCall(caller)));
  const recordings = Array.from(
    { length: Math.min(speakers, 200) },
    (_, i) => calls[i % calls.length] ?? new Uint8Array(),
  );
  const rows: (string | number)[][] = [];
  await withLocalCloud(async (cloud) => {
    for (const [i, call] of calls.entries()) await cloud.put(`${i}.wav`, call);
    const keys = Array.from({ length: speakers }, (_, i) => `${i % calls.length}.wav`);
    await cloud.enroll('warm', keys.slice(0, 8));
    // In turn, so that both see the same machine.
    for (let round = 1; round <= rounds; round++) {
      const loop = await bare(recordings);
      const job = await costOf(() => cloud.enroll(`round-${round}`, keys));
      const share = (ofLoop: number, ofJob: number) => ratio(ofLoop / recordings.length, ofJob / speakers);
      rows.push([
        `round ${round}`,
        (recordings.length / loop.wallSeconds).toFixed(2),
        (speakers / job.wallSeconds).toFixed(2),
        share(loop.wallSeconds, job.wallSeconds),
        share(loop.cpuSeconds, job.cpuSeconds),
        (job.cpuSeconds / job.wallSeconds).toFixed(2),
        Math.round(process.memoryUsage.rss() / MEGABYTE),
      ]);
    }
  });
  return {
    title: `Speakers enrolled a second, ${speakers} of 30 s net speech on ${availableParallelism()} cores: a whole job against the bare computation`,
    columns: ['', 'bare loop', 'job', 'job against loop', 'by CPU time', 'cores busy', 'memory, MB'],
    rows,
  };
}
