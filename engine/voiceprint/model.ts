import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ModelError } from './errors.ts';
import type { Cohort } from './similarity.ts';

/** The model that comes with Vivavoce: 8 kHz telephone speech. */
export const STARTER_DIRECTORY = fileURLToPath(new URL('./starter', import.meta.url));

const ADVICE = 'Install it again: npm run model';

export const descriptionSchema = z.object({
  name: z.string(),
  /** Hz, of the audio that the model takes. */
  sampleRate: z.number().int().positive(),
  dimension: z.number().int().positive(),
  /** Of model.onnx, hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  source: z.string(),
  licence: z.string(),
  calibration: z
    .object({ slope: z.number().positive(), offset: z.number(), sameSpeakerSimilarity: z.number() })
    .optional(),
  /** cohort.f32 beside the model: little-endian floats, [n, dimension]. Its nearest `top` normalise a similarity. */
  cohort: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), top: z.number().int().positive() }).optional(),
  /** Synthetic signals (seed of each) whose embeddings' cosines a right front end reproduces. */
  proof: z.array(z.object({ seeds: z.tuple([z.number(), z.number()]), cosine: z.number() })).default([]),
});

export type ModelDescription = z.infer<typeof descriptionSchema>;

export interface SpeakerModel extends Omit<ModelDescription, 'cohort'> {
  file: string;
  cohort?: Cohort | undefined;
  /** Stored in every voiceprint: prints of different models are never compared. */
  id: string;
}

export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}

/**
 * A model's directory: `model.onnx` and `model.json`.
 * @throws ModelError where a file is missing, or the model is not the one that its description was made for.
 */
export async function readModel(directory: string = STARTER_DIRECTORY): Promise<SpeakerModel> {
  const file = join(directory, 'model.onnx');
  const described = join(directory, 'model.json');
  let text: string;
  try {
    await stat(file);
    text = await readFile(described, 'utf8');
  } catch (cause) {
    throw new ModelError(`Found no speaker model in ${directory}, expected model.onnx and model.json. ${ADVICE}`, {
      cause,
    });
  }
  let description: ModelDescription;
  try {
    description = descriptionSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ModelError(`${described} does not describe a speaker model. ${ADVICE}`, { cause });
  }
  const sha256 = await sha256OfFile(file);
  if (sha256 !== description.sha256) {
    throw new ModelError(`${file} has the SHA-256 ${sha256}, expected ${description.sha256}. ${ADVICE}`);
  }
  const cohort = description.cohort && (await readCohort(join(directory, 'cohort.f32'), description));
  return { ...description, file, cohort, id: `${description.name}@${sha256.slice(0, 16)}` };
}

async function readCohort(file: string, { cohort, dimension, name }: ModelDescription): Promise<Cohort> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new ModelError(`Found no ${file}, which the model ${name} compares with. ${ADVICE}`, { cause });
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (cohort === undefined || sha256 !== cohort.sha256 || bytes.length % (4 * dimension) !== 0) {
    throw new ModelError(`${file} has the SHA-256 ${sha256}, expected ${cohort?.sha256}. ${ADVICE}`);
  }
  const embeddings = Array.from({ length: bytes.length / (4 * dimension) }, (_, row) =>
    Float32Array.from({ length: dimension }, (_, column) => bytes.readFloatLE(4 * (row * dimension + column))),
  );
  return { embeddings, top: cohort.top };
}
