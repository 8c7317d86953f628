import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { callers, recordCall } from '../cli/demo/callers.ts';
import { findSpeakers } from '../cli/evaluate/find-speakers.ts';
import { readWav, SAMPLE_RATE } from '../engine/audio/wav.ts';
import { loadHearing } from '../engine/sessions/hearing.ts';
import { type Hearing, hear, type Line, muLawOf, newLine } from '../engine/sessions/line.ts';
import { latestWindow } from '../engine/sessions/window.ts';
import { readModel } from '../engine/voiceprint/model.ts';
import type { BenchTable } from './table.ts';
import { type Outcome, rateOf } from './verdicts/rate.ts';

/** The speech that a verdict is of where a session does not say: seconds. */
const NET_SPEECH_SECONDS = 10;
/** Takeovers of each by each. */
const TAKEOVERS = { usual: 3, full: 20 };

interface Person {
  name: string;
  /** Mu-law, 8 kHz: each a call. */
  calls: Uint8Array[];
}

async function recorded(directory: string): Promise<Person[]> {
  const people = await findSpeakers(directory);
  const calls = (files: readonly string[]) =>
    Promise.all(files.map(async (file) => muLawOf(readWav(await readFile(file), 0, file))));
  return Promise.all(people.map(async ({ name, files }) => ({ name, calls: await calls(files) })));
}

async function spoken(): Promise<Person[]> {
  return Promise.all(
    callers.map(async (caller, i) => ({
      name: `caller-${i}`,
      calls: [muLawOf(readWav(await recordCall(caller, 0, 3), 0, 'x'))],
    })),
  );
}

/** What is heard of a call at each moment at which there is new speech: in chunks of a second, as it is spoken. */
async function* moments(before: Line, audio: Uint8Array, hearing: Hearing): AsyncGenerator<Line> {
  let line = before;
  for (let at = 0; at < audio.length; at += SAMPLE_RATE) {
    const { heard, made } = line;
    const chunk = audio.subarray(at, at + SAMPLE_RATE);
    line = hear(line, chunk, (1000 * (heard + chunk.length)) / SAMPLE_RATE, false, hearing);
    if (line.made > made) yield line;
  }
  // Native memory is freed between two turns of the event loop.
  await turn();
}

/** The stretches that a verdict would be of if nobody looked for a second voice. */
const latest = ({ stretches }: Line) => stretches.slice(-Math.ceil(NET_SPEECH_SECONDS / 2.5));

/**
 * How often the right caller is taken for two, so that the verdict waits; and how often a voice that takes over the line is
 * not heard, so that a verdict is of what both said. At every moment at which there is new speech.
 */
export async function run(options: {
  full: boolean;
  sets: readonly string[];
  model?: string | undefined;
}): Promise<BenchTable> {
  const { full, sets, model } = options;
  const { id, voices } = await readModel(model);
  const hearing = await loadHearing(model);
  const limit = voices?.oneRecording;
  const rows = [];
  for (const set of sets.length === 0 ? [undefined] : sets) {
    const people = await (set === undefined ? spoken() : recorded(set));
    const cut: Outcome[] = [];
    const mixed: Outcome[] = [];
    const missed: Outcome[] = [];
    for (const [one, { calls }] of people.entries()) {
      for (const [i, call] of calls.entries()) {
        let line = newLine(id);
        for await (const next of moments(line, call, hearing)) {
          line = next;
          if (line.made * 2.5 < NET_SPEECH_SECONDS) continue;
          cut.push({ people: [one], wrong: latestWindow(line, NET_SPEECH_SECONDS, limit)?.voice === undefined });
        }
        if (i >= (full ? TAKEOVERS.full : TAKEOVERS.usual)) continue;
        const change = (1000 * call.length) / SAMPLE_RATE;
        const wholly = (at: Line, later: boolean) =>
          latest(at).some(({ startedAt, endedAt }) => (later ? startedAt >= change : endedAt <= change));
        for (const [other, { calls: others }] of people.entries()) {
          const taken = others[(i + 1) % others.length];
          if (other === one || taken === undefined) continue;
          let ever = false;
          for await (const at of moments(line, taken, hearing)) {
            if (!wholly(at, false) || !wholly(at, true)) continue;
            const window = latestWindow(at, NET_SPEECH_SECONDS, limit);
            const wrong = window?.voice !== undefined;
            mixed.push({ people: [one, other], wrong });
            ever ||= wrong;
          }
          missed.push({ people: [one, other], wrong: ever });
        }
      }
    }
    const shown = (outcomes: readonly Outcome[]) => {
      const rate = rateOf(outcomes, people.length);
      if (rate === undefined) return '-';
      const [low, high] = rate.confidence95.map((value) => (100 * value).toFixed(1));
      return `${(100 * rate.rate).toFixed(1)} (${low}-${high}) ${rate.wrong}/${rate.of}`;
    };
    rows.push([
      set === undefined ? 'synthetic callers' : basename(set),
      people.length,
      people.reduce((sum, { calls }) => sum + calls.length, 0),
      shown(cut),
      shown(mixed),
      shown(missed),
    ]);
  }
  return {
    title: `Voices that change on the line, verdicts of ${NET_SPEECH_SECONDS} s; % (95% confidence, bootstrap over people) how many of how many`,
    columns: [
      'set',
      'people',
      'calls',
      'own voice taken for two',
      'moments with both voices judged as one',
      'takeovers with such a moment',
    ],
    rows,
  };
}
