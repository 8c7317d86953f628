import type { EngineDeps } from '../deps.ts';
import { THRESHOLDS } from '../voiceprint/score.ts';

/**
 * `GET /_model`: what is known of the speaker model in use, and by which scores it decides. What they mean among a domain's
 * own callers, `/_thresholds` says.
 */
export function modelCard({ pool, settings }: Pick<EngineDeps, 'pool' | 'settings'>): object {
  const { id, name, source, licence, sha256, bytes, dimension, sampleRate, calibration, voices, measured } = pool.model;
  return {
    id,
    name,
    source,
    licence,
    sha256,
    bytes: bytes ?? null,
    dimension,
    sampleRate,
    // Else it is the one that comes with Vivavoce.
    installed: settings.modelDirectory !== undefined,
    thresholds: THRESHOLDS,
    calibration: calibration ?? null,
    voices: voices ?? null,
    measured: measured ?? [],
  };
}
