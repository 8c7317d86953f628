import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import sherpa from 'sherpa-onnx-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { callers } from '../../../cli/demo/callers.ts';
import { ofALaw } from '../../../engine/audio/a-law.ts';
import { DifferentSpeakersError, NotEnoughSpeechError, UnusableRecordingError } from '../../../engine/audio/errors.ts';
import { toMuLaw } from '../../../engine/audio/mu-law.ts';
import { readWav } from '../../../engine/audio/wav.ts';
import { wavOf } from '../../../engine/audio/wav-writer.ts';
import { ModelError } from '../../../engine/voiceprint/errors.ts';
import { STARTER_DIRECTORY } from '../../../engine/voiceprint/model.ts';
import { createVoiceprintPool } from '../../../engine/voiceprint/pool.ts';
import type { VoiceprintPool } from '../../../engine/voiceprint/pool-of.ts';
import type { Recording } from '../../../engine/voiceprint/recording.ts';
import { cosine } from '../../../engine/voiceprint/score.ts';
import { recordCall } from '../../speech.ts';
import { holdMusic, noise, silence, tone } from '../audio/signals.ts';

let pool: VoiceprintPool;
/** Two short recordings of each of two callers, about 12 s each. */
let calls: Uint8Array[][];

beforeAll(async () => {
  pool = await createVoiceprintPool({ workers: 2 });
  calls = await Promise.all(
    [callers[0], callers[1]].map((caller) => {
      if (caller === undefined) throw new Error('There are too few synthetic callers.');
      return Promise.all([0, 2].map((first) => recordCall(caller, first, 2)));
    }),
  );
});
afterAll(() => pool.close());

/** Hands out copies, for bytes are moved into the workers; counts how many were asked for. */
function recordings(...files: (Uint8Array | undefined)[]) {
  const taken = { count: 0 };
  async function* all(): AsyncGenerator<Recording> {
    for (const [i, bytes] of files.entries()) {
      taken.count++;
      yield { uri: `s3://calls/${i}.wav`, bytes: Uint8Array.from(bytes ?? []), channelId: 0 };
    }
  }
  return { all: all(), taken };
}

const pcm = (samples: Float32Array) =>
  wavOf([new Uint8Array(Int16Array.from(samples, (sample) => Math.round(sample * 32767)).buffer)]);

describe('extracting a voiceprint', () => {
  test('pools recordings, and looks into each of them for another voice', async () => {
    const { all, taken } = recordings(calls[0]?.[0], calls[0]?.[1], calls[0]?.[0]);
    const { embedding, netSpeechSeconds } = await pool.extract(all, { minimumNetSpeechSeconds: 14 });
    expect(taken.count).toBe(3);
    expect(netSpeechSeconds).toBeGreaterThanOrEqual(14);
    expect(embedding.length).toBe(pool.model.dimension);
    expect(embedding.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 4);
  });

  test('listens to no more speech than it needs, in however many recordings and pieces it finds it', async () => {
    const files = [calls[0]?.[0], calls[0]?.[1]].map((bytes) => bytes ?? new Uint8Array());
    async function* inPieces(firstBytes: number): AsyncGenerator<Recording> {
      for (const [i, file] of files.entries()) {
        const bytes = file.subarray(0, firstBytes);
        const read = async (from: number, to: number) => file.subarray(from, to);
        yield { uri: `s3://calls/${i}.wav`, channelId: 0, bytes, size: file.length, read };
      }
    }
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 44, max: 150_000 }), async (firstBytes) => {
        const { netSpeechSeconds } = await pool.extract(inPieces(firstBytes), { minimumNetSpeechSeconds: 19 });
        // Not 18.999999999999996, either, which would be refused.
        expect(netSpeechSeconds).toBe(19);
      }),
      { numRuns: 10, examples: [[44], [100_000]] },
    );
  }, 60_000);

  test('hears the same voice as alike and another one as not', async () => {
    const prints = await Promise.all(
      [calls[0]?.[0], calls[0]?.[1], calls[1]?.[0]].map((bytes) =>
        pool.extract(recordings(bytes).all, { minimumNetSpeechSeconds: 5 }),
      ),
    );
    const [same, again, other] = prints.map(({ embedding }) => embedding);
    if (!same || !again || !other) throw new Error('Three voiceprints were expected.');
    expect(cosine(same, again)).toBeGreaterThan(cosine(same, other) + 0.2);
  });

  // Two of the first caller hold more than 22 s: whoever comes third adds nothing to the voiceprint.
  test.each([
    [0, [1, 0, 0]],
    [1, [0, 1, 0]],
    [2, [0, 0, 1]],
  ])('refuses recordings of which number %i is somebody else’s, and names them', async (_, whose) => {
    const files = whose.map((caller, i) => calls[caller]?.[i % 2]);
    const refused = pool.extract(recordings(...files).all, { minimumNetSpeechSeconds: 22 });
    await expect(refused).rejects.toThrow(DifferentSpeakersError);
    const uris = (caller: number) => whose.flatMap((one, i) => (one === caller ? [`s3://calls/${i}.wav`] : []));
    await expect(refused).rejects.toThrow(`The recordings ${uris(0).join(' and ')} and ${uris(1).join(' and ')} sound`);
  });

  test('says how much speech there was where there is too little', async () => {
    const refused = pool.extract(recordings(calls[0]?.[0]).all, { minimumNetSpeechSeconds: 60 });
    await expect(refused).rejects.toThrow(NotEnoughSpeechError);
    await expect(refused).rejects.toThrow(/found \d+\.\d s of net speech in 1 recording, expected at least 60 s/);
  });

  test.each([
    ['noise', noise(10)],
    ['a tone', tone(10)],
    ['silence', silence(10)],
    ['hold music', holdMusic(10)],
  ])('never makes one of %s', async (_, samples) => {
    const refused = pool.extract(recordings(pcm(samples)).all, { minimumNetSpeechSeconds: 1 });
    await expect(refused).rejects.toThrow(/found 0\.0 s of net speech/);
  });

  test('names the recording that is no WAV file', async () => {
    const refused = pool.extract(recordings(calls[0]?.[0], new Uint8Array(100)).all, { minimumNetSpeechSeconds: 60 });
    await expect(refused).rejects.toThrow(UnusableRecordingError);
    await expect(refused).rejects.toThrow(/s3:\/\/calls\/1\.wav can't be used/);
  });
});

/** A WAV file of one form of the samples, both channels alike but for the second one's level. */
function wav(
  samples: Float32Array,
  { tag = 1, rate = 8000, channels = 1 }: { tag?: 1 | 6 | 7; rate?: number; channels?: number },
): Buffer {
  const width = tag === 1 ? 2 : 1;
  const body = Buffer.alloc(samples.length * channels * width);
  for (const [i, sample] of samples.entries()) {
    for (let channel = 0; channel < channels; channel++) {
      const value = channel === 0 ? sample : 0;
      const at = (i * channels + channel) * width;
      if (tag === 1) body.writeInt16LE(Math.round(value * 32767), at);
      else body[at] = tag === 7 ? toMuLaw(value) : nearest(value);
    }
  }
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + body.length, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(tag, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * channels * width, 28);
  head.writeUInt16LE(channels * width, 32);
  head.writeUInt16LE(8 * width, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(body.length, 40);
  return Buffer.concat([head, body]);
}

const A_LAW = Array.from({ length: 256 }, (_, byte) => ({ byte, value: ofALaw(byte) })).sort(
  (a, b) => a.value - b.value,
);
/** The byte of A-law that comes next to a sample. */
const nearest = (sample: number) => (A_LAW.find(({ value }) => value >= sample) ?? A_LAW.at(-1) ?? { byte: 0 }).byte;

const call = () => readWav(calls[0]?.[0] ?? new Uint8Array(), 0, 'x');

test('a recording that somebody waits for goes before what jobs do', async () => {
  const one = await createVoiceprintPool({ workers: 1 });
  try {
    const ended: string[] = [];
    const jobs = Array.from({ length: 6 }, async (_, i) => {
      await one.extract(recordings(calls[i % 2]?.[0]).all, { minimumNetSpeechSeconds: 5 });
      ended.push('job');
    });
    await one.examine(recordings(calls[0]?.[1]).all, { minimumNetSpeechSeconds: 5 });
    // The one that was under way, and one that may come between two pieces of it.
    expect(ended.length).toBeLessThanOrEqual(2);
    await Promise.all(jobs);
  } finally {
    await one.close();
  }
});

describe('recordings as contact centres have them', () => {
  test.each([
    ['mu-law', { tag: 7 }, 0.95],
    ['A-law, in stereo', { tag: 6, channels: 2 }, 0.95],
    ['16 kHz', { rate: 16_000 }, 0.95],
  ] as const)('are heard alike: %s', async (_, form, least) => {
    const samples = call();
    const rate = 'rate' in form ? form.rate : 8000;
    const given = rate === 8000 ? samples : new sherpa.LinearResampler(8000, rate).resample(samples, true);
    const [one, other] = await Promise.all(
      [pcm(samples), wav(given, form)].map((file) =>
        pool.extract(recordings(file).all, { minimumNetSpeechSeconds: 5 }),
      ),
    );
    if (!one || !other) throw new Error('Two voiceprints were expected.');
    expect(cosine(one.embedding, other.embedding)).toBeGreaterThan(least);
  });

  test('of five minutes in stereo: at most a third is read, as far as it is needed', async () => {
    const samples = call();
    const long = new Float32Array(300 * 8000);
    // The customer speaks less than half of the time.
    for (let at = 0; at + samples.length < long.length; at += 2 * samples.length) long.set(samples, at);
    const file = wav(long, { channels: 2 });
    let read = 1024 * 1024;
    async function* one(): AsyncGenerator<Recording> {
      yield {
        uri: 's3://calls/long.wav',
        channelId: 0,
        bytes: file.subarray(0, read),
        size: file.length,
        read: async (from, to) => {
          read += to - from;
          return file.subarray(from, to);
        },
      };
    }
    const { netSpeechSeconds } = await pool.extract(one(), { minimumNetSpeechSeconds: 30 });
    expect(netSpeechSeconds).toBeGreaterThanOrEqual(30);
    expect(read).toBeLessThanOrEqual(file.length / 3);
  });

  test('that were cut off or are clipped say so', async () => {
    const samples = call();
    const cut = recordings(pcm(samples).subarray(0, samples.length));
    await expect(pool.extract(cut.all, { minimumNetSpeechSeconds: 5 })).rejects.toThrow(
      /0\.wav was cut off: found \d+\.\d s of audio, expected the \d+\.\d s that its header promises/,
    );
    const loud = recordings(pcm(samples.map((sample) => Math.max(-1, Math.min(1, 20 * sample)))));
    await expect(pool.extract(loud.all, { minimumNetSpeechSeconds: 5 })).rejects.toThrow(
      /0\.wav is clipped: found \d+\.\d% of its speech at full scale, expected at most 2%/,
    );
  });

  test('with agent and caller in one channel are refused, whoever speaks when, with what to do', async () => {
    const [caller, agent] = [calls[0]?.[0], calls[1]?.[0]].map((bytes) => readWav(bytes ?? new Uint8Array(), 0, 'x'));
    if (!caller || !agent) throw new Error('Two people were expected.');
    const mixed = new Float32Array(caller.length + agent.length);
    mixed.set(caller);
    mixed.set(agent, caller.length);
    // More than the caller says, and enough of what the agent says to tell whose voice it is.
    const refused = pool.extract(recordings(pcm(mixed)).all, { minimumNetSpeechSeconds: 18 });
    await expect(refused).rejects.toThrow(DifferentSpeakersError);
    await expect(refused).rejects.toThrow(/Two people speak in the recording s3:\/\/calls\/0\.wav: .*ChannelId/);
  });
});

test('a model that gives other embeddings than described is refused before anybody is served', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'vivavoce-pool-'));
  try {
    await copyFile(join(STARTER_DIRECTORY, 'model.onnx'), join(directory, 'model.onnx'));
    const description = z
      .looseObject({})
      .parse(JSON.parse(await readFile(join(STARTER_DIRECTORY, 'model.json'), 'utf8')));
    const proof = [{ seeds: [1, 2], cosine: -0.9 }];
    await writeFile(join(directory, 'model.json'), JSON.stringify({ ...description, proof }));
    const creating = createVoiceprintPool({ modelDirectory: directory, workers: 1 });
    await expect(creating).rejects.toThrow(ModelError);
    await expect(creating).rejects.toThrow(/failed its proof.*npm run model/);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test('the synthetic calls are what the tests take them for', () => {
  for (const bytes of calls.flat()) expect(readWav(bytes, 0, 'x').length).toBeGreaterThan(8 * 8000);
});
