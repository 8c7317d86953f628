import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { SAMPLE_RATE } from '../../../engine/audio/wav.ts';
import { ModelError } from '../../../engine/voiceprint/errors.ts';
import { Extractor, proofSignal } from '../../../engine/voiceprint/extractor.ts';
import { readModel, STARTER_DIRECTORY } from '../../../engine/voiceprint/model.ts';
import { cosine } from '../../../engine/voiceprint/score.ts';

let root: string;
let directory: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'vivavoce-model-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(async () => {
  directory = await mkdtemp(join(root, 'm'));
  for (const file of ['model.onnx', 'model.json']) {
    await copyFile(join(STARTER_DIRECTORY, file), join(directory, file));
  }
});

async function redescribe(change: Record<string, unknown>) {
  const file = join(directory, 'model.json');
  const description = z.record(z.string(), z.unknown()).parse(JSON.parse(await readFile(file, 'utf8')));
  await writeFile(file, JSON.stringify({ ...description, ...change }));
}

describe('the starter model', () => {
  test('is calibrated, proves itself, and gives embeddings of length 1', async () => {
    const model = await readModel(directory);
    const extractor = new Extractor(model);
    extractor.prove();
    const embedding = extractor.embed(proofSignal(5));
    expect(embedding.length).toBe(model.dimension);
    expect(embedding.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 4);
    expect(model.calibration).toBeDefined();
  });

  // What PyTorch makes of the same signals with training/campplus.py and features.py: versions of ONNX Runtime average
  // differently over a last segment that is shorter than 2 s, where the graph leaves it to them.
  test.each([
    { seconds: 3, cosines: [0.8608, 0.9681, 0.9888, 0.9566] },
    { seconds: 2.5, cosines: [0.8578, 0.9572, 0.9883, 0.9519] },
    { seconds: 2.2, cosines: [0.8829, 0.9652, 0.9724, 0.9628] },
  ])('says what the network says that was taught, of $seconds s', async ({ seconds, cosines }) => {
    const extractor = new Extractor(await readModel(directory));
    const embedding = (seed: number) => extractor.embed(proofSignal(seed).slice(0, seconds * SAMPLE_RATE));
    const pairs = [
      [1, 2],
      [3, 4],
      [8, 9],
      [1, 3],
    ] as const;
    for (const [i, [a, b]] of pairs.entries()) {
      expect(cosine(embedding(a), embedding(b))).toBeCloseTo(cosines[i] ?? Number.NaN, 2);
    }
  });

  test('is at most 16 MB', async () => {
    expect((await readFile(join(directory, 'model.onnx'))).length).toBeLessThan(16e6);
  });
});

describe('a model is refused, with advice,', () => {
  const refused = async (message: RegExp) => {
    await expect(readModel(directory)).rejects.toThrow(ModelError);
    await expect(readModel(directory)).rejects.toThrow(message);
    await expect(readModel(directory)).rejects.toThrow(/npm run model/);
  };

  test('where a file is missing', async () => {
    await rm(join(directory, 'model.onnx'));
    await refused(/Found no speaker model in/);
  });

  test('where it was cut off', async () => {
    await truncate(join(directory, 'model.onnx'), 1_000_000);
    await refused(/SHA-256/);
  });

  test('where its description is none', async () => {
    await writeFile(join(directory, 'model.json'), '{}');
    await refused(/does not describe/);
  });

  test('where it gives other embeddings than described: a damaged file with a matching checksum', async () => {
    const file = join(directory, 'model.onnx');
    const bytes = await readFile(file);
    // Zeros in the middle of one layer's weights, which come after its name: it still loads.
    const weights = bytes.lastIndexOf('transit2.linear.weight');
    bytes.fill(0, weights + 1000, weights + 900_000);
    await writeFile(file, bytes);
    await redescribe({ sha256: createHash('sha256').update(bytes).digest('hex') });
    const model = await readModel(directory);
    expect(() => new Extractor(model).prove()).toThrow(ModelError);
    expect(() => new Extractor(model).prove()).toThrow(/failed its proof/);
  });

  test('where it has another dimension than described', async () => {
    const { dimension } = await readModel(directory);
    await redescribe({ dimension: dimension - 1 });
    const model = await readModel(directory);
    expect(() => new Extractor(model)).toThrow(`embeddings of ${dimension}, its description says ${dimension - 1}`);
  });
});
