import { EvaluateSessionCommand, VoiceIDClient } from '@aws-sdk/client-voice-id';
import { callers, recordCall } from '../cli/demo/callers.ts';
import { signedFetch } from '../clients/signed-fetch.ts';
import { randomId } from '../engine/store/ids.ts';
import { clientOf, REGION } from '../local/account.ts';
import { type JobBench, withLocalCloud } from './local-job.ts';
import type { BenchTable } from './table.ts';

const SECOND = 16_000;
const HEADER = 44;
const MEASURED = 60;
/** Sessions opened at a time. */
const AT_ONCE = 4;

/** Milliseconds each, by processor time of this whole process and by the clock. */
async function each(
  count: number,
  atOnce: number,
  work: (index: number) => Promise<void>,
): Promise<{ processor: number; wall: number }> {
  const [begin, before] = [performance.now(), process.cpuUsage()];
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  const { user, system } = process.cpuUsage(before);
  return { processor: (user + system) / 1000 / count, wall: (performance.now() - begin) / count };
}

/** What a chunk of a second and a verdict cost, by how many calls are under way: over all of them in turn. */
async function measure({ cloud }: JobBench, call: Uint8Array, sizes: readonly number[]): Promise<BenchTable['rows']> {
  const { origin, domainId, accessKey } = cloud;
  const voiceId = new VoiceIDClient(clientOf(origin, accessKey));
  const sessions: string[] = [];
  const seconds = Math.floor((call.length - HEADER) / SECOND);
  const feed = async (session: string, second: number) => {
    const at = HEADER + (second % seconds) * SECOND;
    const body = call.subarray(at, at + SECOND);
    const path = `/_sessions/${domainId}/${session}/audio`;
    const asked = { method: 'POST' as const, path, query: { speakerId: 'caller-0' }, body, contentType: 'audio/pcm' };
    const fed = await signedFetch({ origin, region: REGION, credentials: accessKey }, asked);
    if (!fed.ok) throw new Error(await fed.text());
    await fed.text();
  };
  const of = (index: number) => sessions[index % sessions.length] ?? '';
  const rows: BenchTable['rows'] = [];
  const open = async (size: number) => {
    const missing = Array.from({ length: size - sessions.length }, () => randomId());
    sessions.push(...missing);
    await each(missing.length, AT_ONCE, (index) => feed(missing[index] ?? '', 0));
  };
  // The first chunk loads the model.
  await open(1);
  for (let second = 1; second < 20; second++) await feed(of(0), second);
  let one: { chunk: number; verdict: number } | undefined;
  for (const size of sizes) {
    await open(size);
    const chunk = await each(MEASURED, 1, (index) => feed(of(index), 1 + Math.floor(index / size)));
    const verdict = await each(MEASURED, 1, async (index) => {
      await voiceId.send(new EvaluateSessionCommand({ DomainId: domainId, SessionNameOrId: of(index) }));
    });
    one ??= { chunk: chunk.processor, verdict: verdict.processor };
    rows.push([
      size,
      chunk.processor.toFixed(1),
      (chunk.processor / one.chunk).toFixed(2),
      verdict.processor.toFixed(1),
      (verdict.processor / one.verdict).toFixed(2),
      chunk.wall.toFixed(1),
      verdict.wall.toFixed(1),
    ]);
  }
  voiceId.destroy();
  return rows;
}

/** Calls that are listened to at once, up to a thousand: each has its list of stretches in the table, and nothing in memory. */
export async function run({ full }: { full: boolean }): Promise<BenchTable> {
  const sizes = full ? [1, 10, 100, 1000] : [1, 10, 100];
  const [caller = { voice: 'slt' as const }] = callers;
  const [enrolled, calling] = [await recordCall(caller), await recordCall(caller, 3)];
  let rows: BenchTable['rows'] = [];
  await withLocalCloud(async (bench) => {
    await bench.put('call.wav', enrolled);
    await bench.enroll('caller', ['call.wav']);
    rows = await measure(bench, calling, sizes);
  });
  return {
    title:
      'Milliseconds of a chunk of one second and of a verdict by the sessions that are open (processor time; S3, database and engine in one process)',
    columns: ['sessions', 'chunk', 'against 1', 'verdict', 'against 1', 'chunk, by the clock', 'verdict, by the clock'],
    rows,
  };
}
