import { availableParallelism } from 'node:os';
import { callers, recordCall } from '../cli/demo/callers.ts';
import { SAMPLE_RATE } from '../engine/audio/wav.ts';
import { wavOf } from '../engine/audio/wav-writer.ts';
import { createVoiceprintPool } from '../engine/voiceprint/pool.ts';
import { withLocalCloud } from './local-job.ts';
import type { BenchTable } from './table.ts';

const MEGABYTE = 1024 * 1024;
const CALL_SECONDS = 45;
/** Net speech that a voiceprint is made of, Voice ID's. */
const ENOUGH = 30;
/** The memory of the stack's enroll-speakers, at which Lambda gives a function one processor: infra/engine/functions.yml. */
const FUNCTION_GB = 1769 / 1024;
const FUNCTIONS = 100;
/**
 * Dollars a GB-second of Lambda on x86_64 in us-east-1, seen on 2026-11-24; docs/cost.md has the source. `--price` sets
 * another.
 */
const LAMBDA_PRICE = 0.0000166667;

interface Cost {
  /** By the clock. */
  wallSeconds: number;
  /** Of all threads of this process, S3 and database of the local cloud included. */
  cpuSeconds: number;
}

/** @param work says itself how many seconds it took, or is measured by the clock. */
async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const [begin, before] = [performance.now(), process.cpuUsage()];
  const seconds = await work();
  const { user, system } = process.cpuUsage(before);
  const wallSeconds = typeof seconds === 'number' ? seconds : (performance.now() - begin) / 1000;
  return { wallSeconds, cpuSeconds: (user + system) / 1e6 };
}

/** The first 45 s of what the caller says from sentence `first` on. */
async function callOf(caller: number, first: number): Promise<Uint8Array> {
  const speaker = callers[caller % callers.length];
  if (speaker === undefined) throw new RangeError('There are no callers.');
  // Nine sentences, because the quickest callers say seven in less.
  const wav = await recordCall(speaker, first, 9);
  const pcm = wav.subarray(44, 44 + CALL_SECONDS * SAMPLE_RATE * 2);
  if (pcm.length < CALL_SECONDS * SAMPLE_RATE * 2) throw new RangeError(`Caller ${caller} says less than 45 s.`);
  return wavOf([pcm]);
}

/** The bare loop: recordings straight from memory to the workers, nothing fetched and nothing kept. */
async function bare(recordings: readonly Uint8Array[]): Promise<Cost> {
  const pool = await createVoiceprintPool();
  const one = async function* (bytes: Uint8Array) {
    yield { uri: 'bench', bytes: new Uint8Array(bytes), channelId: 0 };
  };
  // As a job listens: a second voice in the recording would be heard.
  const extract = (bytes: Uint8Array) => pool.extract(one(bytes), { minimumNetSpeechSeconds: ENOUGH });
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

function lasts(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/**
 * A batch of callers of 45 s: a whole job on the local cloud, with S3, database, manifest and output file, against the
 * computation alone, and what that makes of larger ones. By processor time the ratio tells the same on a busy machine.
 */
export async function run({
  full,
  price = LAMBDA_PRICE,
}: {
  full: boolean;
  price?: number | undefined;
}): Promise<BenchTable> {
  const speakers = full ? 200 : 16;
  const rounds = full ? 1 : 2;
  const calls: Uint8Array[] = [];
  for (let caller = 0; caller < (full ? 16 : 8); caller++) calls.push(await callOf(caller, caller));
  const recordings = Array.from({ length: speakers }, (_, i) => calls[i % calls.length] ?? new Uint8Array());
  const measured: { loop: Cost; job: Cost; megabytes: number }[] = [];
  await withLocalCloud(async (cloud) => {
    for (const [i, bytes] of recordings.entries()) await cloud.put(`${i}.wav`, bytes);
    const keys = recordings.map((_, i) => `${i}.wav`);
    await cloud.enroll('warm', keys.slice(0, 8));
    // In turn, so that both see the same machine.
    for (let round = 1; round <= rounds; round++) {
      const loop = await bare(recordings);
      const job = await costOf(() => cloud.enroll(`round-${round}`, keys));
      measured.push({ loop, job, megabytes: process.memoryUsage.rss() / MEGABYTE });
    }
  });
  const median = measured.toSorted((a, b) => a.job.wallSeconds - b.job.wallSeconds)[measured.length >> 1];
  if (median === undefined) throw new RangeError('Nothing was measured.');
  const cores = availableParallelism();
  // A function has a processor of its own, and shares it with nothing else that this machine does: hence processor time.
  const coreSeconds = median.job.cpuSeconds / speakers;
  const dollars = (count: number) => `$${(count * coreSeconds * FUNCTION_GB * price).toPrecision(2)}`;
  const percent = (share: number) => `${(100 * share).toFixed(0)}%`;
  return {
    title: `Callers of ${CALL_SECONDS} s enrolled on ${cores} cores, and what more of them take; Lambda at $${price} a GB-second`,
    columns: [
      '',
      'callers a second',
      'processor s each',
      'job against bare loop',
      'by CPU time',
      'memory, MB',
      `${cores} cores, always busy`,
      `${FUNCTIONS} functions`,
      'Lambda costs',
    ],
    rows: [
      ...measured.map(({ loop, job, megabytes }, round) => [
        `${speakers} measured, round ${round + 1}`,
        (speakers / job.wallSeconds).toFixed(2),
        (job.cpuSeconds / speakers).toFixed(2),
        percent(loop.wallSeconds / job.wallSeconds),
        percent(loop.cpuSeconds / job.cpuSeconds),
        Math.round(megabytes),
        lasts(job.cpuSeconds / cores),
        '',
        '',
      ]),
      ...[10_000, 1_000_000].map((count) => [
        count.toLocaleString('en'),
        '',
        '',
        '',
        '',
        '',
        lasts((count * coreSeconds) / cores),
        lasts((count * coreSeconds) / FUNCTIONS),
        dollars(count),
      ]),
    ],
  };
}
