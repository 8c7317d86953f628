import { copyFile, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CommandError } from '../../clients/errors.ts';
import { type SpeakerModel, sha256OfFile } from '../../engine/voiceprint/model.ts';
import { knownChecksum, recordChecksum } from './checksums.ts';
import { descriptionOf } from './describe.ts';
import { type DownloadDeps, download } from './download.ts';
import { dimensionOf, modelDirectoryOf } from './installed.ts';

export interface InstallInput {
  /** An http(s) address, or a file. */
  from: string;
  name: string;
  sha256?: string | undefined;
  source: string;
  licence: string;
  dataDir: string;
}

/** Hz, of every published model; 8 kHz speech is resampled to it. */
const PUBLISHED_RATE = 16_000;

/**
 * Puts a model into the data directory in place of the one there: fetched or copied, its SHA-256 checked, loaded, and its
 * answer to known signals written down. What was installed before stays where anything of that fails.
 * @throws CommandError
 */
export async function installModel(input: InstallInput, deps: DownloadDeps): Promise<SpeakerModel> {
  const { from, name, source, licence, dataDir } = input;
  const directory = modelDirectoryOf(dataDir);
  const fresh = `${directory}.new`;
  const file = join(fresh, 'model.onnx');
  let sha256: string;
  if (/^https?:\/\//.test(from)) {
    const expected = input.sha256 ?? knownChecksum(dataDir, from);
    const fetched = join(dataDir, 'downloads', basename(new URL(from).pathname));
    sha256 = await download({ url: from, file: fetched, sha256: expected }, deps);
    if (expected === undefined) recordChecksum(dataDir, from, sha256);
    await mkdir(fresh, { recursive: true });
    await rename(fetched, file);
  } else {
    if (!(await stat(from).catch(() => undefined))?.isFile()) {
      throw new CommandError(`Found no file ${from}, expected a speaker model for sherpa-onnx (.onnx).`);
    }
    sha256 = await sha256OfFile(from);
    if (input.sha256 !== undefined && sha256 !== input.sha256) {
      throw new CommandError(`${from} has the SHA-256 ${sha256}, expected ${input.sha256}. Nothing was installed.`);
    }
    await mkdir(fresh, { recursive: true });
    await copyFile(from, file);
  }
  try {
    const model: SpeakerModel = {
      name,
      sampleRate: PUBLISHED_RATE,
      dimension: await dimensionOf(file),
      sha256,
      source,
      licence,
      proof: [],
      file,
      id: `${name}@${sha256.slice(0, 16)}`,
    };
    await writeFile(join(fresh, 'model.json'), `${JSON.stringify(await descriptionOf(model), null, 2)}\n`);
    await rm(directory, { recursive: true, force: true });
    await rename(fresh, directory);
    return { ...model, file: join(directory, 'model.onnx') };
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}
