import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callers, recordCall } from '../../../cli/demo/callers.ts';
import { DifferentSpeakersError, NotEnoughSpeechError, UnusableRecordingError } from '../../../engine/audio/errors.ts';
import { readWav } from '../../../engine/audio/wav.ts';
import { wavOf } from '../../../engine/audio/wav-writer.ts';
import { createVoiceprintPool, type Recording, type VoiceprintPool } from '../../../engine/voiceprint/pool.ts';
import { cosine } from '../../../engine/voiceprint/score.ts';
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
  test('pools recordings until there is enough speech, and asks for no more of them', async () => {
    const { all, taken } = recordings(calls[0]?.[0], calls[0]?.[1], calls[1]?.[0]);
    const { embedding, netSpeechSeconds } = await pool.extract(all, { minimumNetSpeechSeconds: 14 });
    expect(taken.count).toBe(2);
    expect(netSpeechSeconds).toBeGreaterThanOrEqual(14);
    expect(embedding.length).toBe(pool.model.dimension);
    expect(embedding.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 4);
  });

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

  // Two of the first caller hold more than 15 s: whoever comes third adds nothing to the voiceprint.
  test.each([
    [0, [1, 0, 0]],
    [1, [0, 1, 0]],
    [2, [0, 0, 1]],
  ])('refuses recordings of which number %i is somebody else’s, and names them', async (_, whose) => {
    const files = whose.map((caller, i) => calls[caller]?.[i % 2]);
    const refused = pool.extract(recordings(...files).all, { minimumNetSpeechSeconds: 15, oneVoice: true });
    await expect(refused).rejects.toThrow(DifferentSpeakersError);
    const uris = (caller: number) => whose.flatMap((one, i) => (one === caller ? [`s3://calls/${i}.wav`] : []));
    await expect(refused).rejects.toThrow(`The recordings ${uris(0).join(' and ')} and ${uris(1).join(' and ')} sound`);
  });

  test('takes recordings of one voice for one voice’s', async () => {
    const { all, taken } = recordings(calls[0]?.[0], calls[0]?.[1], calls[0]?.[0]);
    await expect(pool.extract(all, { minimumNetSpeechSeconds: 15, oneVoice: true })).resolves.toBeDefined();
    expect(taken.count).toBe(3);
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

  test('ends when it is aborted, and goes on for others', async () => {
    const stop = new AbortController();
    const { all } = recordings(calls[0]?.[0], calls[0]?.[1]);
    const aborted = pool.extract(all, { minimumNetSpeechSeconds: 60, signal: stop.signal });
    stop.abort();
    await expect(aborted).rejects.toThrow(/abort/i);
    await expect(pool.extract(recordings(calls[1]?.[1]).all, { minimumNetSpeechSeconds: 5 })).resolves.toBeDefined();
  });
});

test('the synthetic calls are what the tests take them for', () => {
  for (const bytes of calls.flat()) expect(readWav(bytes, 0, 'x').length).toBeGreaterThan(8 * 8000);
});
