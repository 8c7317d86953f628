/** G.711 mu-law (ITU-T, 1988), as telephone networks carry speech: one byte a sample. */

const BIAS = 0x84;
const CLIP = 32635;

/** A byte of mu-law as a sample in [-1, 1]. */
export function ofMuLaw(byte: number): number {
  const inverted = ~byte & 0xff;
  const magnitude = (((inverted & 0x0f) << 3) + BIAS) << ((inverted & 0x70) >> 4);
  return (inverted & 0x80 ? BIAS - magnitude : magnitude - BIAS) / 32768;
}

/** A sample in [-1, 1] as a byte of mu-law. */
export function toMuLaw(sample: number): number {
  const value = Math.round(sample * 32768);
  const magnitude = Math.min(CLIP, Math.abs(value)) + BIAS;
  const exponent = 24 - Math.clz32(magnitude);
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~((value < 0 ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff;
}
