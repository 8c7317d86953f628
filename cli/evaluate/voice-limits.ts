/**
 * What tells one voice from two, measured on recordings of `conversations.py`:
 *
 *   node cli/evaluate/voice-limits.ts RECORDINGS MODEL [--write FILE] [--digits DIR] [--one-pass]
 *
 * MODEL is an .onnx file. Prints the model's `voices`, which `--write` puts into a model.json, and what they do. Limits are
 * set on RECORDINGS alone; DIR holds a folder of .wav files a speaker, to measure on. `--one-pass` also says what a
 * voiceprint loses by being made of stretches: twice the work.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { VoiceActivity } from '../../engine/audio/voice-activity.ts';
import { readWav } from '../../engine/audio/wav.ts';
import { TELLS_WHO } from '../../engine/voiceprint/checks.ts';
import { Extractor } from '../../engine/voiceprint/extractor.ts';
import { voiceLimitsSchema } from '../../engine/voiceprint/limits.ts';
import { secondsOf, split } from '../../engine/voiceprint/one-voice.ts';
import { cosine, pooledEmbedding } from '../../engine/voiceprint/score.ts';
import { cutsOf, type Stretch, stretchesOf } from '../../engine/voiceprint/stretches.ts';
import { modelAt } from '../model/installed.ts';

/** Share of honest recordings, and of honest pairs of them, that may be turned away. */
const REFUSED = 0.01;
/** Of pairs of strangers that may be called one voice where few are compared, and of one voice's short
 * halves that may be missed at the most: voiceprints are of five times as much speech, and come closer. */
const STRANGERS_TOLD = 0.001;
const MISSED = 1 / 3;
/** Seconds in each group of a split: the recordings here are too short for two groups of what the engine asks for. */
const LEAST = 4;

interface Voice {
  speaker: string;
  draw: string;
  stretches: Stretch[];
  /** Of each half of the speech in one pass; undefined where that is too short. */
  halves: (Float32Array | undefined)[];
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { digits: { type: 'string' }, write: { type: 'string' }, 'one-pass': { type: 'boolean', default: false } },
});
const [recordings, modelFile] = positionals;
if (recordings === undefined || modelFile === undefined) throw new Error('Expected RECORDINGS and MODEL.');
const extractor = new Extractor(await modelAt(modelFile));
const activity = new VoiceActivity();

async function voicesOf(directory: string, withHalves: boolean): Promise<Voice[]> {
  const voices: Voice[] = [];
  for (const draw of (await readdir(directory)).sort()) {
    for (const file of (await readdir(join(directory, draw))).filter((name) => name.endsWith('.wav')).sort()) {
      const { speech, spans } = activity.find(readWav(await readFile(join(directory, draw, file)), 0, file), 60);
      const stretches = stretchesOf(speech, cutsOf(spans.map(({ from, to }) => to - from)), extractor);
      const middle = Math.floor(speech.length / 2);
      const halves = withHalves
        ? [speech.slice(0, middle), speech.slice(middle)].map((half) =>
            half.length >= 8000 * 3 ? extractor.embed(half) : undefined,
          )
        : [];
      voices.push({ speaker: file.replace('.wav', ''), draw, stretches, halves });
    }
  }
  return voices;
}

const quantile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
const ascending = (all: readonly (number | undefined)[]) =>
  all.filter((value) => value !== undefined).sort((a, b) => a - b);
const below = (sorted: readonly number[], limit: number) =>
  sorted.length === 0
    ? 'none'
    : `${((100 * sorted.filter((value) => value < limit).length) / sorted.length).toFixed(1)}%`;

/** The lowest cosine of any two groups of at least LEAST seconds: what a split of one person's speech may come to. */
function worstSplit(stretches: readonly Stretch[]): number | undefined {
  const few = stretches.slice(0, 12);
  let worst: number | undefined;
  for (let subset = 1; subset < 2 ** (few.length - 1); subset++) {
    const one = few.filter((_, i) => subset & (1 << i));
    const other = few.filter((_, i) => !(subset & (1 << i)));
    if (secondsOf(one) < LEAST || secondsOf(other) < LEAST) continue;
    worst = Math.min(worst ?? 1, cosine(pooledEmbedding(one), pooledEmbedding(other)));
  }
  return worst;
}

/** First and second half of the stretches, where each says who speaks. */
function halvesOf({ stretches }: Voice): [Stretch[], Stretch[]] | undefined {
  const all = secondsOf(stretches);
  let at = 0;
  let held = 0;
  for (; at < stretches.length && held < all / 2 - 1; at++) held += stretches[at]?.netSpeechSeconds ?? 0;
  const [one, other] = [stretches.slice(0, at), stretches.slice(at)];
  return secondsOf(one) >= LEAST && secondsOf(other) >= LEAST ? [one, other] : undefined;
}

/** Cosines of first halves with second ones, over different lines: of the same speaker, and of others. */
function trials(voices: readonly Voice[], half: (voice: Voice, which: 0 | 1) => Float32Array | undefined) {
  const same: number[] = [];
  const different: number[] = [];
  for (const one of voices) {
    const a = half(one, 0);
    for (const other of voices) {
      const b = half(other, 1);
      if (a === undefined || b === undefined || one.draw === other.draw) continue;
      (one.speaker === other.speaker ? same : different).push(cosine(a, b));
    }
  }
  return { same: ascending(same), different: ascending(different) };
}

function equalError({ same, different }: { same: number[]; different: number[] }): string {
  let accepted = different.length;
  for (const [rejected, value] of same.entries()) {
    while (accepted > 0 && (different[different.length - accepted] ?? 2) < value) accepted--;
    if (rejected / same.length >= accepted / different.length) return `${((100 * rejected) / same.length).toFixed(2)}%`;
  }
  return 'none';
}

const one = await voicesOf(join(recordings, 'one'), values['one-pass']);
const two = await voicesOf(join(recordings, 'two'), false);
const honest = ascending(one.map(({ stretches }) => worstSplit(stretches)));
const inStretches = trials(one, (voice, which) => {
  const half = halvesOf(voice)?.[which];
  return half && pooledEmbedding(half);
});
const wholes = ascending(
  one.flatMap((a, i) =>
    one
      .slice(i + 1)
      .filter(({ speaker }) => speaker !== a.speaker)
      .map((b) => cosine(pooledEmbedding(a.stretches), pooledEmbedding(b.stretches))),
  ),
);
/** To the side that turns fewer honest ones away. */
const down = (value: number) => Math.floor(1000 * value) / 1000;
const up = (value: number) => Math.ceil(1000 * value) / 1000;
const least = quantile(wholes, 1 - STRANGERS_TOLD);
const limits = voiceLimitsSchema.parse({
  oneRecording: down(quantile(honest, REFUSED)),
  otherRecordings: down(quantile(inStretches.same, REFUSED)),
  sameVoice: { least: up(least), most: up(Math.max(least, quantile(inStretches.same, MISSED))) },
});
const said = (text: string) => void process.stdout.write(`${text}\n`);
said(JSON.stringify({ voices: limits }, null, 2));

const splits = (voices: readonly Voice[]) =>
  ascending(voices.map(({ stretches }) => split(stretches, TELLS_WHO)?.cosine));
said(
  `one recording: of ${one.length} of one voice ${honest.length} can be split, turned away ${below(honest, limits.oneRecording)}`,
);
for (const draw of ['0', '1']) {
  const found = splits(two.filter((voice) => voice.draw === draw));
  const among = two.filter((voice) => voice.draw === draw).length;
  const caught = found.filter((value) => value < limits.oneRecording).length;
  said(`two voices, ${draw === '0' ? 'clean' : 'on a line'}: caught ${caught} of ${among}`);
}
said(
  `other recordings: turned away ${below(inStretches.same, limits.otherRecordings)} of one voice's pairs of halves over different lines, ${below(inStretches.different, limits.otherRecordings)} of strangers'`,
);
said(
  `one voice under two names: ${below(inStretches.same, limits.sameVoice.least)} of halves over different lines missed at least, ${below(inStretches.same, limits.sameVoice.most)} at most; highest cosine of strangers ${wholes.at(-1)?.toFixed(3)}`,
);
said(`equal error of halves over different lines: mean of stretches ${equalError(inStretches)}`);
if (values['one-pass']) said(`in one pass: ${equalError(trials(one, ({ halves }, which) => halves[which]))}`);

if (values.digits !== undefined) {
  const digits = await voicesOf(values.digits, false);
  const speakers = Map.groupBy(digits, ({ draw }) => draw);
  const threes: number[] = [];
  const pairs: number[] = [];
  for (const own of speakers.values()) {
    for (let i = 0; i + 2 < own.length; i += 3) {
      const recording = own.slice(i, i + 3).flatMap(({ stretches }) => stretches);
      threes.push(split(recording, TELLS_WHO)?.cosine ?? 1);
    }
    for (const [i, a] of own.entries())
      for (const b of own.slice(i + 1)) pairs.push(cosine(pooledEmbedding(a.stretches), pooledEmbedding(b.stretches)));
  }
  said(
    `digits: turned away ${below(ascending(threes), limits.oneRecording)} of ${threes.length} times three recordings in one (lowest ${ascending(threes)[0]?.toFixed(3)}), ${below(ascending(pairs), limits.otherRecordings)} of ${pairs.length} pairs (lowest ${ascending(pairs)[0]?.toFixed(3)})`,
  );
  const people = [...speakers.values()].map((own) =>
    pooledEmbedding(own.slice(0, 3).flatMap(({ stretches }) => stretches)),
  );
  const strangers = people.flatMap((a, i) => people.slice(i + 1).map((b) => cosine(a, b)));
  said(`digits: strangers of 40 s come as close as ${Math.max(...strangers).toFixed(3)}`);
}

if (values.write !== undefined) {
  const description = z.record(z.string(), z.unknown()).parse(JSON.parse(await readFile(values.write, 'utf8')));
  await writeFile(values.write, `${JSON.stringify({ ...description, voices: limits }, null, 2)}\n`);
}
