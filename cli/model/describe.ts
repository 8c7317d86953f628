import { stat } from 'node:fs/promises';
import { Extractor, proofSignal } from '../../engine/voiceprint/extractor.ts';
import type { ModelDescription, SpeakerModel } from '../../engine/voiceprint/model.ts';
import { cosine } from '../../engine/voiceprint/score.ts';

const PROOF_SEEDS: readonly [number, number][] = [
  [1, 2],
  [3, 4],
  [8, 9],
];

/**
 * What model.json holds of a model: itself, and what it makes of known signals, so that a later load can tell whether
 * the front end or the file has changed. A proof that is there stays.
 */
export async function descriptionOf(model: SpeakerModel): Promise<ModelDescription> {
  const { name, sampleRate, dimension, sha256, source, licence, calibration, voices, measured } = model;
  const { size: bytes } = await stat(model.file);
  const extractor = new Extractor(model);
  const proof =
    model.proof.length > 0
      ? model.proof
      : PROOF_SEEDS.map(([a, b]) => ({
          seeds: [a, b] as [number, number],
          cosine: Number(cosine(extractor.embed(proofSignal(a)), extractor.embed(proofSignal(b))).toFixed(4)),
        }));
  return {
    name,
    sampleRate,
    dimension,
    sha256,
    bytes,
    source,
    licence,
    ...(calibration && { calibration }),
    ...(voices && { voices }),
    ...(measured && { measured }),
    proof,
  };
}
