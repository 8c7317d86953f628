import { EvaluateSessionCommand, VoiceIDClient } from '@aws-sdk/client-voice-id';
import { callers, recordCall } from '../cli/demo/callers.ts';
import { signedFetch } from '../clients/signed-fetch.ts';
import { randomId } from '../engine/store/ids.ts';
import { toVoiceprint } from '../engine/store/voiceprints.ts';
import { readModel } from '../engine/voiceprint/model.ts';
import { normalized } from '../engine/voiceprint/score.ts';
import { REGION } from '../local/account.ts';
import { type JobBench, withLocalCloud } from './local-job.ts';
import type { BenchTable } from './table.ts';

const SECOND = 16_000;
const HEADER = 44;
const FRAUDSTERS = 500;
const WATCHLIST = 'benchbenchbenchbench00';

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const most = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? 0;

interface Times {
  chunk: number[];
  verdict: number[];
}

/** A call in seconds, a verdict after each: milliseconds of both. */
async function listen(bench: JobBench, call: Uint8Array, query: Record<string, string>, times: Times): Promise<void> {
  const { origin, domainId, accessKey } = bench.cloud;
  const voiceId = new VoiceIDClient({ region: REGION, endpoint: origin, credentials: accessKey });
  const session = randomId();
  for (let at = HEADER; at + SECOND <= call.length; at += SECOND) {
    const path = `/_sessions/${domainId}/${session}/audio`;
    const body = call.subarray(at, at + SECOND);
    const begin = performance.now();
    const fed = await signedFetch(
      { origin, region: REGION, credentials: accessKey },
      { method: 'POST', path, query, body, contentType: 'audio/pcm' },
    );
    if (!fed.ok) throw new Error(await fed.text());
    await fed.text();
    const between = performance.now();
    await voiceId.send(new EvaluateSessionCommand({ DomainId: domainId, SessionNameOrId: session }));
    times.chunk.push(between - begin);
    times.verdict.push(performance.now() - between);
  }
  voiceId.destroy();
}

/** A full watchlist beside the default one. */
async function fillWatchlist(bench: JobBench): Promise<void> {
  const { domainId } = bench.cloud;
  const store = await bench.store();
  const { id, dimension } = await readModel();
  const now = Date.now();
  await store.watchlists.put(
    { domainId, watchlistId: WATCHLIST, name: 'bench', defaultWatchlist: false, createdAt: now, updatedAt: now },
    'absent',
  );
  for (let i = 0; i < FRAUDSTERS; i++) {
    const embedding = normalized(Float32Array.from({ length: dimension }, () => Math.random() - 0.5));
    const fraudster = {
      domainId,
      generatedFraudsterId: `id#${randomId()}`,
      watchlistIds: [WATCHLIST],
      voiceprint: toVoiceprint(id, embedding, 30),
      createdAt: now,
    };
    await store.fraudsters.put(fraudster, 'absent');
  }
}

/**
 * What a caller waits for: a chunk of a second, and the verdict after it. In one run: idle, against a full watchlist, and
 * while a job keeps every core busy. S3, database and engine of the local cloud share one process here.
 */
export async function run({ full }: { full: boolean }): Promise<BenchTable> {
  const size = full ? 200 : 40;
  const [enrolled, calling] = [
    await recordCall(callers[0] ?? { voice: 'slt' }),
    await recordCall(callers[0] ?? { voice: 'slt' }, 3),
  ];
  const rows: (string | number)[][] = [];
  await withLocalCloud(async (bench) => {
    await bench.put('call.wav', enrolled);
    await bench.enroll('caller', ['call.wav']);
    const query = { speakerId: 'caller-0' };
    const measure = async (again: () => boolean, watchlist: Record<string, string> = {}) => {
      const times: Times = { chunk: [], verdict: [] };
      do await listen(bench, calling, { ...query, ...watchlist }, times);
      while (again());
      return times;
    };
    const times = (calls: number) => {
      let left = calls;
      return () => --left > 0;
    };
    await measure(times(1));
    const idle = await measure(times(3));
    await fillWatchlist(bench);
    await measure(times(1), { watchlistId: WATCHLIST });
    const against = await measure(times(3), { watchlistId: WATCHLIST });
    const none = await measure(times(3));
    let running = true;
    const job = bench.enroll('busy', Array(size).fill('call.wav')).finally(() => {
      running = false;
    });
    const busy = await measure(() => running);
    await job;
    const row = (name: string, { chunk, verdict }: Times, to: Times) => [
      name,
      median(chunk).toFixed(1),
      most(chunk).toFixed(1),
      (median(chunk) / median(to.chunk)).toFixed(2),
      median(verdict).toFixed(1),
      most(verdict).toFixed(1),
      (median(verdict) / median(to.verdict)).toFixed(2),
    ];
    rows.push(row('idle', idle, idle));
    rows.push(row(`beside a job of ${size}`, busy, idle));
    rows.push(row('again idle', none, none));
    rows.push(row(`watchlist of ${FRAUDSTERS}`, against, none));
  });
  return {
    title:
      'Milliseconds of a chunk of one second, and of the verdict after it: median, 95th percentile, ratio of medians',
    columns: ['', 'chunk', '95%', 'ratio', 'verdict', '95%', 'ratio'],
    rows,
  };
}
