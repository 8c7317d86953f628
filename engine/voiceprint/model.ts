import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { ModelError } from './errors.ts';
import { voiceLimitsSchema } from './limits.ts';
import { measuredSchema } from './measured.ts';
import type { Calibration } from './score.ts';

/** The model that comes with Vivavoce: 8 kHz telephone speech. */
export const STARTER_DIRECTORY = fileURLToPath(new URL('./starter', import.meta.url));

const ADVICE = 'Install it again: npm run model';

const calibrationSchema = z.object({
  acceptAt: z.number(),
  flagAt: z.number(),
  strangers: z.object({ median: z.number(), deviation: z.number().positive() }),
  prior: z.object({ closest: z.number(), mean: z.number(), deviation: z.number().positive() }),
}) satisfies z.ZodType<Calibration>;

export const descriptionSchema = z.object({
  name: z.string(),
  /** Hz, of the audio that the model takes. */
  sampleRate: z.number().int().positive(),
  dimension: z.number().int().positive(),
  /** Of model.onnx, hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Of model.onnx; not in descriptions of before. */
  bytes: z.number().int().positive().optional(),
  source: z.string(),
  licence: z.string(),
  calibration: calibrationSchema.optional(),
  /** What tells one person's speech from two people's; without it nobody looks for a second voice. */
  voices: voiceLimitsSchema.optional(),
  /** Left out where nobody has measured it, or its calibration is another since. */
  measured: measuredSchema.optional(),
  /** Synthetic signals (seed of each) whose embeddings' cosines a right front end reproduces. */
  proof: z.array(z.object({ seeds: z.tuple([z.number(), z.number()]), cosine: z.number() })).default([]),
});

export type ModelDescription = z.infer<typeof descriptionSchema>;

export interface SpeakerModel extends ModelDescription {
  file: string;
  /** Stored in every voiceprint: prints of different models are never compared. */
  id: string;
}

export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk);
  return hash.digest('hex');
}

/**
 * What is known of a model without its weights: `model.json` in its directory.
 * @throws ModelError where there is none.
 */
export async function readDescription(
  directory: string = STARTER_DIRECTORY,
): Promise<ModelDescription & Pick<SpeakerModel, 'id'>> {
  const described = join(directory, 'model.json');
  let text: string;
  try {
    text = await readFile(described, 'utf8');
  } catch (cause) {
    throw new ModelError(`Found no speaker model in ${directory}, expected model.onnx and model.json. ${ADVICE}`, {
      cause,
    });
  }
  try {
    const description = descriptionSchema.parse(JSON.parse(text));
    return { ...description, id: `${description.name}@${description.sha256.slice(0, 16)}` };
  } catch (cause) {
    throw new ModelError(`${described} does not describe a speaker model. ${ADVICE}`, { cause });
  }
}

/**
 * A model's directory: `model.onnx` and `model.json`.
 * @throws ModelError where a file is missing, or the model is not the one that its description was made for.
 */
export async function readModel(directory: string = STARTER_DIRECTORY): Promise<SpeakerModel> {
  const description = await readDescription(directory);
  const file = join(directory, 'model.onnx');
  let sha256: string;
  try {
    sha256 = await sha256OfFile(file);
  } catch (cause) {
    throw new ModelError(`Found no speaker model in ${directory}, expected model.onnx and model.json. ${ADVICE}`, {
      cause,
    });
  }
  if (sha256 !== description.sha256) {
    throw new ModelError(`${file} has the SHA-256 ${sha256}, expected ${description.sha256}. ${ADVICE}`);
  }
  return { ...description, file };
}
