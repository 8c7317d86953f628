import { SAMPLE_RATE } from './wav.ts';

const HEADER_BYTES = 44;

/** A canonical WAV file around PCM-16 samples: 8 kHz, one channel. */
export function wavOf(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(HEADER_BYTES + length);
  const view = Buffer.from(bytes.buffer);
  view.write('RIFF', 0, 'latin1');
  view.writeUInt32LE(HEADER_BYTES - 8 + length, 4);
  view.write('WAVEfmt ', 8, 'latin1');
  view.writeUInt32LE(16, 16);
  view.writeUInt16LE(1, 20);
  view.writeUInt16LE(1, 22);
  view.writeUInt32LE(SAMPLE_RATE, 24);
  view.writeUInt32LE(SAMPLE_RATE * 2, 28);
  view.writeUInt16LE(2, 32);
  view.writeUInt16LE(16, 34);
  view.write('data', 36, 'latin1');
  view.writeUInt32LE(length, 40);
  let at = HEADER_BYTES;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
