import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type SpeakerModel, STARTER_DIRECTORY } from '../../engine/voiceprint/model.ts';
import type { Calibration } from '../../engine/voiceprint/score.ts';
import { descriptionOf } from '../model/describe.ts';
import { modelDirectoryOf } from '../model/installed.ts';

/**
 * Writes the calibration beside its model. The starter belongs to the source, so it is installed into the data directory
 * and calibrated there; its voiceprints stay valid, for it is the same model.
 * @returns the file written.
 */
export async function saveCalibration(model: SpeakerModel, calibration: Calibration, dataDir: string): Promise<string> {
  const from = dirname(resolve(model.file));
  const starter = from === resolve(STARTER_DIRECTORY);
  const bare = !model.file.endsWith('model.onnx');
  const directory = starter || bare ? modelDirectoryOf(dataDir) : from;
  if (directory !== from) {
    await mkdir(directory, { recursive: true });
    await copyFile(model.file, join(directory, 'model.onnx'));
  }
  const file = join(directory, 'model.json');
  // What was measured by the calibration of before says nothing of this one.
  const { measured: _, ...unmeasured } = model;
  await writeFile(file, `${JSON.stringify(await descriptionOf({ ...unmeasured, calibration }), null, 2)}\n`);
  return file;
}
