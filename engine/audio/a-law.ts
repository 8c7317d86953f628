/** G.711 A-law (ITU-T, 1988), as telephone networks outside North America and Japan carry speech: one byte a sample. */

/** Every other bit is inverted on the line. */
const INVERTED = 0x55;

/** A byte of A-law as a sample in [-1, 1]. */
export function ofALaw(byte: number): number {
  const code = byte ^ INVERTED;
  const exponent = (code >> 4) & 7;
  const mantissa = ((code & 0x0f) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return (code & 0x80 ? magnitude : -magnitude) / 32768;
}
