/** Samples: 20 ms, about the length over which speech stands still. */
const FRAME = 160;
/** Of full scale; -50 dBFS, below which a telephone line carries no speech. */
const QUIET = 10 ** (-50 / 20) * 32_768;
/** Speech stands 10 dB above the line's own noise. */
const ABOVE_NOISE = 10 ** (10 / 20);

/**
 * Seconds in which somebody may be speaking, by loudness alone: PCM-16 at 8 kHz, in frames of 20 ms that stand out of
 * the tenth that is most quiet. It only saves recordings that can't be enough from being made; what is speech, and how
 * much of it, the engine says.
 */
export function activeSeconds(pcm: Uint8Array): number {
  const samples = new DataView(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  const frames = Math.floor(pcm.byteLength / 2 / FRAME);
  const loudness = new Float64Array(frames);
  for (let frame = 0; frame < frames; frame++) {
    let sum = 0;
    for (let i = 0; i < FRAME; i++) sum += samples.getInt16((frame * FRAME + i) * 2, true) ** 2;
    loudness[frame] = Math.sqrt(sum / FRAME);
  }
  const noise = loudness.toSorted()[Math.floor(frames / 10)] ?? 0;
  const threshold = Math.max(QUIET, noise * ABOVE_NOISE);
  return (loudness.filter((value) => value > threshold).length * FRAME) / 8000;
}
