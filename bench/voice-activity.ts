import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { callers, sentences, speak } from '../cli/demo/callers.ts';
import { findSpeakers } from '../cli/evaluate/find-speakers.ts';
import { type Span, VoiceActivity } from '../engine/audio/voice-activity.ts';
import { readWav, SAMPLE_RATE } from '../engine/audio/wav.ts';
import { Silero } from './silero.ts';
import type { BenchTable } from './table.ts';

interface Sounds {
  name: string;
  recordings: Float32Array[];
}

async function spoken(): Promise<Sounds> {
  const recordings = callers.map(async (caller) => {
    const parts = await Promise.all(sentences.map((sentence) => speak(caller, sentence)));
    return Float32Array.from(
      parts.flatMap((part) => [...part, ...new Int16Array(SAMPLE_RATE)]),
      (s) => s / 32768,
    );
  });
  return { name: 'synthetic callers, with pauses', recordings: await Promise.all(recordings) };
}

async function recorded(directory: string): Promise<Sounds> {
  const files = (await findSpeakers(directory)).flatMap((speaker) => speaker.files);
  const recordings = files.map(async (file) => readWav(await readFile(file), 0, file));
  return { name: basename(directory), recordings: await Promise.all(recordings) };
}

function cpuSeconds(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1e6;
}

const samplesIn = (spans: readonly Span[]) => spans.reduce((sum, { from, to }) => sum + to - from, 0);

/** Samples that both call speech. */
function shared(some: readonly Span[], others: readonly Span[]): number {
  return some.reduce(
    (sum, one) =>
      sum +
      others.reduce(
        (inner, other) => inner + Math.max(0, Math.min(one.to, other.to) - Math.max(one.from, other.from)),
        0,
      ),
    0,
  );
}

/** Where somebody speaks, by our detector and by Silero: how much, how far they agree, and what it costs. */
export async function run({ sets }: { sets: readonly string[] }): Promise<BenchTable> {
  const [silero, ours] = [new Silero(), new VoiceActivity()];
  const rows: (string | number)[][] = [];
  for (const { name, recordings } of [await spoken(), ...(await Promise.all(sets.map(recorded)))]) {
    const cpu = { silero: 0, ours: 0 };
    let [all, found, theirs, both] = [0, 0, 0, 0];
    // Interleaved, so that what else the machine does falls on both alike.
    for (const samples of recordings) {
      let [one, other]: [Span[], Span[]] = [[], []];
      cpu.silero += cpuSeconds(() => {
        one = silero.spans(samples);
      });
      cpu.ours += cpuSeconds(() => {
        other = ours.spans(samples, Number.POSITIVE_INFINITY);
      });
      all += samples.length;
      theirs += samplesIn(one);
      found += samplesIn(other);
      both += shared(one, other);
    }
    const milliseconds = (seconds: number) => Number(((1000 * seconds * SAMPLE_RATE) / all).toFixed(2));
    rows.push([
      name,
      Math.round(all / SAMPLE_RATE),
      Number((found / theirs).toFixed(3)),
      Number((both / theirs).toFixed(3)),
      milliseconds(cpu.ours),
      milliseconds(cpu.silero),
      Number((cpu.ours / cpu.silero).toFixed(2)),
    ]);
  }
  return {
    title: 'Voice activity: ours beside Silero, milliseconds of processor time for each second of audio',
    columns: [
      'of',
      'seconds',
      'net speech / Silero',
      "Silero's that is found",
      'ours, ms',
      'Silero, ms',
      'ours / Silero',
    ],
    rows,
  };
}
