import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import sherpa from 'sherpa-onnx-node';
import { readModel, type SpeakerModel, STARTER_DIRECTORY, sha256OfFile } from '../../engine/voiceprint/model.ts';
import { CommandError } from '../cli/options.ts';

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
    dimension: dimensionOf(path),
    sha256,
    source: path,
    licence: 'unknown',
    proof: [],
    file: path,
    id: `${name}@${sha256.slice(0, 16)}`,
  };
}

/** @throws CommandError where sherpa-onnx can't load it. */
export function dimensionOf(file: string): number {
  try {
    const { dim } = new sherpa.SpeakerEmbeddingExtractor({ model: file, numThreads: 1, debug: false });
    if (Number.isInteger(dim) && dim > 0) return dim;
  } catch (cause) {
    throw new CommandError(`${file} is no speaker model that sherpa-onnx loads.`, { cause });
  }
  throw new CommandError(`${file} is no speaker model that sherpa-onnx loads.`);
}
