import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { callers, recordCall } from '../cli/demo/callers.ts';
import { findSpeakers } from '../cli/evaluate/find-speakers.ts';
import { readWav, SAMPLE_RATE } from '../engine/audio/wav.ts';
import { loadHearing } from '../engine/sessions/hearing.ts';
import {
  type Hearing,
  hear,
  type Line,
  muLawOf,
  newLine,
  STRETCH_SECONDS,
  type Stretch,
} from '../engine/sessions/line.ts';
import { latestWindow } from '../engine/sessions/window.ts';
import { domainScores } from '../engine/voiceprint/domain-scores.ts';
import { readModel, type SpeakerModel } from '../engine/voiceprint/model.ts';
import { pooledEmbedding, THRESHOLDS } from '../engine/voiceprint/score.ts';
import type { BenchTable } from './table.ts';
import { rateOf } from './verdicts/rate.ts';

/** The speech that a verdict is of where a session does not say: seconds. */
const NET_SPEECH_SECONDS = 10;
/** Calls of each person that end in a takeover by each other one. */
const TAKEOVERS = { usual: 3, full: 20 };
/** Calls that a person is enrolled from; the others are calls. */
const ENROLLED = 2;

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
      calls: await Promise.all(
        [0, 1, 2].map(async (first) => muLawOf(readWav(await recordCall(caller, 3 * first, 3), 0, 'x'))),
      ),
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
const latest = ({ stretches }: Line) => stretches.slice(-Math.ceil(NET_SPEECH_SECONDS / STRETCH_SECONDS));

type Verdict = 'WAITS' | 'REJECT' | 'NEWER_HALF' | 'ACCEPT';

/** People as a domain knows them: each one's print, and scores among all of them. */
async function enroll(people: readonly Person[], hearing: Hearing, { id, dimension, calibration }: SpeakerModel) {
  const prints: { id: string; embedding: Float32Array }[] = [];
  for (const { name, calls } of people) {
    const stretches: Stretch[] = [];
    for (const call of calls.slice(-ENROLLED)) {
      let last = newLine(id);
      for await (const line of moments(last, call, hearing)) last = line;
      stretches.push(...last.stretches);
    }
    prints.push({ id: name, embedding: pooledEmbedding(stretches) });
  }
  const matrix = new Float32Array(prints.length * dimension);
  for (const [row, { embedding }] of prints.entries()) matrix.set(embedding, row * dimension);
  return { prints, scores: domainScores({ ids: prints.map((print) => print.id), dimension, matrix }, calibration) };
}

/**
 * How often the right caller is taken for two people, so that the verdict waits; and how often a voice that takes over the
 * line is not heard, and what comes of it. At every moment at which there is new speech, as `EvaluateSession` judges.
 */
export async function run(options: {
  full: boolean;
  sets: readonly string[];
  model?: string | undefined;
}): Promise<BenchTable> {
  const { full, sets, model: directory } = options;
  const model = await readModel(directory);
  const hearing = await loadHearing(directory);
  const rows = [];
  for (const set of sets.length === 0 ? [undefined] : sets) {
    const people = await (set === undefined ? spoken() : recorded(set));
    const { prints, scores } = await enroll(people, hearing, model);
    const judge = (line: Line, claimed: { id: string; embedding: Float32Array } | undefined): Verdict => {
      const window = latestWindow(line, NET_SPEECH_SECONDS, model.voices?.oneRecording);
      if (window?.voice === undefined || window.newerHalf === undefined || claimed === undefined) return 'WAITS';
      const { authentication, fraud } = THRESHOLDS;
      if (scores.authenticate(window.voice, claimed).score < authentication) return 'REJECT';
      return scores.authenticate(window.newerHalf, claimed).score < fraud ? 'NEWER_HALF' : 'ACCEPT';
    };
    const own: { people: number[]; verdict: Verdict }[] = [];
    const both: { people: number[]; verdict: Verdict }[] = [];
    let takeovers = 0;
    for (const [one, { calls }] of people.entries()) {
      const claimed = prints[one];
      for (const [i, call] of calls.slice(0, -ENROLLED).entries()) {
        let line = newLine(model.id);
        for await (const next of moments(line, call, hearing)) {
          line = next;
          if (line.made * STRETCH_SECONDS < NET_SPEECH_SECONDS) continue;
          own.push({ people: [one], verdict: judge(line, claimed) });
        }
        if (i >= (full ? TAKEOVERS.full : TAKEOVERS.usual)) continue;
        const change = (1000 * call.length) / SAMPLE_RATE;
        const wholly = (at: Line, later: boolean) =>
          latest(at).some(({ startedAt, endedAt }) => (later ? startedAt >= change : endedAt <= change));
        for (const [other, { calls: others }] of people.entries()) {
          const taken = others[(i + 1) % Math.max(1, others.length - ENROLLED)];
          if (other === one || taken === undefined) continue;
          takeovers++;
          for await (const at of moments(line, taken, hearing)) {
            if (!wholly(at, true)) continue;
            if (!wholly(at, false)) break;
            both.push({ people: [one, other], verdict: judge(at, claimed) });
          }
        }
      }
    }
    const shown = (of: readonly { people: number[]; verdict: Verdict }[], ...wrong: Verdict[]) => {
      const rate = rateOf(
        of.map(({ people: who, verdict }) => ({ people: who, wrong: wrong.includes(verdict) })),
        people.length,
      );
      if (rate === undefined) return '-';
      const [low, high] = rate.confidence95.map((value) => (100 * value).toFixed(1));
      return `${(100 * rate.rate).toFixed(1)} (${low}-${high}) ${rate.wrong}/${rate.of}`;
    };
    rows.push([
      set === undefined ? 'synthetic callers' : basename(set),
      people.length,
      shown(own, 'WAITS'),
      shown(own, 'NEWER_HALF'),
      shown(own, 'REJECT'),
      takeovers,
      shown(both, 'REJECT', 'NEWER_HALF', 'ACCEPT'),
      shown(both, 'NEWER_HALF', 'ACCEPT'),
      shown(both, 'ACCEPT'),
    ]);
  }
  return {
    title: `A voice that takes over the line, verdicts of ${NET_SPEECH_SECONDS} s at each new stretch; % (95% confidence, bootstrap over people) how many of how many`,
    columns: [
      'set',
      'people',
      'own: taken for two',
      'newer half refused',
      'rejected',
      'takeovers',
      'both in the window: judged as one',
      'accepted but for the newer half',
      'accepted',
    ],
    rows,
  };
}
