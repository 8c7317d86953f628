import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CommandError } from '../../clients/errors.ts';
import { readModel, type SpeakerModel, STARTER_DIRECTORY, sha256OfFile } from '../../engine/voiceprint/model.ts';

/** Where `npm run model` installs and the local cloud looks, in the data directory. */
export const modelDirectoryOf = (dataDir: string): string => join(dataDir, 'model');

/** The directory of the model in use: the one installed, or the starter. */
export function directoryInUse(dataDir: string): string {
  const directory = modelDirectoryOf(dataDir);
  return existsSync(join(directory, 'model.json')) ? directory : STARTER_DIRECTORY;
}

/**
 * A model by its directory, or by its .onnx file: described by the model.json beside it, or as it comes, uncalibrated.
 * @throws CommandError where there is none.
 */
export async function modelAt(path: string): Promise<SpeakerModel> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new CommandError(`Found no ${path}, expected a speaker model: an .onnx file.`);
  if (found.isDirectory()) return readModel(path);
  const directory = dirname(path);
  if (basename(path) === 'model.onnx' && existsSync(join(directory, 'model.json'))) return readModel(directory);
  const sha256 = await sha256OfFile(path);
  const name = basename(path, '.onnx');
  return {
    name,
    sampleRate: 16_000,
    dimension: await dimensionOf(path),
    sha256,
    source: path,
    licence: 'unknown',
    proof: [],
    file: path,
    id: `${name}@${sha256.slice(0, 16)}`,
  };
}

/** @throws CommandError where sherpa-onnx can't load it. */
export async function dimensionOf(file: string): Promise<number> {
  const probe = fileURLToPath(new URL('./probe.ts', import.meta.url));
  let dimension: number;
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [probe, file]);
    dimension = Number(stdout);
  } catch (cause) {
    throw new CommandError(`${file} is no speaker model that sherpa-onnx loads.`, { cause });
  }
  if (!Number.isInteger(dimension) || dimension <= 0) {
    throw new CommandError(`${file} is no speaker model that sherpa-onnx loads.`);
  }
  return dimension;
}
