const SAMPLE_RATE = 8000;
const HEADER_BYTES = 44;

/** A WAV file around PCM-16 samples: 8 kHz, one channel. */
export function wavOf(samples: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.alloc(HEADER_BYTES + samples.length);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(HEADER_BYTES - 8 + samples.length, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(SAMPLE_RATE, 24);
  bytes.writeUInt32LE(SAMPLE_RATE * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(samples.length, 40);
  bytes.set(samples, HEADER_BYTES);
  return bytes;
}
