import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UnusableRecordingError } from '../../../engine/audio/errors.ts';
import { conversion, readLayout, readWav, readWavAt } from '../../../engine/audio/wav.ts';
import { wavOf } from '../../../engine/audio/wav-writer.ts';

interface Chunk {
  id: string;
  body: Uint8Array;
  /** Where a writer forgot the padding of an odd chunk. */
  unpadded?: boolean;
}

function riff(chunks: readonly Chunk[]): Uint8Array {
  const parts: Buffer[] = [];
  for (const { id, body, unpadded } of chunks) {
    const head = Buffer.alloc(8);
    head.write(id, 'latin1');
    head.writeUInt32LE(body.length, 4);
    parts.push(head, Buffer.from(body));
    if (body.length % 2 === 1 && !unpadded) parts.push(Buffer.alloc(1));
  }
  const all = Buffer.concat(parts);
  const head = Buffer.alloc(12);
  head.write('RIFF', 'latin1');
  head.writeUInt32LE(all.length + 4, 4);
  head.write('WAVE', 8, 'latin1');
  return Buffer.concat([head, all]);
}

function format({ tag = 1, channels = 1, rate = 8000, bits = 16, extensible = false } = {}): Chunk {
  const body = Buffer.alloc(extensible ? 40 : 16);
  body.writeUInt16LE(extensible ? 0xfffe : tag, 0);
  body.writeUInt16LE(channels, 2);
  body.writeUInt32LE(rate, 4);
  body.writeUInt32LE((rate * channels * bits) / 8, 8);
  body.writeUInt16LE((channels * bits) / 8, 12);
  body.writeUInt16LE(bits, 14);
  if (extensible) body.writeUInt16LE(tag, 24);
  return { id: 'fmt ', body };
}

const data = (values: readonly number[]): Chunk => ({
  id: 'data',
  body: new Uint8Array(Int16Array.from(values).buffer),
});
const samples = fc.array(fc.integer({ min: -32768, max: 32767 }), { minLength: 1, maxLength: 200 });
const chunk = fc.record({
  id: fc.constantFrom('LIST', 'fact', 'bext', 'junk'),
  body: fc.uint8Array({ maxLength: 31 }),
});
const asFloats = (values: readonly number[]) => Float32Array.from(values, (value) => value / 32768);

describe('a WAV file', () => {
  test('gives its samples, whatever other chunks stand around them', () => {
    fc.assert(
      fc.property(
        samples,
        fc.array(chunk, { maxLength: 3 }),
        fc.array(chunk, { maxLength: 3 }),
        fc.boolean(),
        (values, before, between, extensible) => {
          const file = riff([...before, format({ extensible }), ...between, data(values)]);
          expect(readWav(file, 0, 'x')).toEqual(asFloats(values));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('of two channels gives the one that was asked for', () => {
    fc.assert(
      fc.property(samples, (values) => {
        const file = riff([format({ channels: 2 }), data(values.flatMap((value) => [value, -1 - value]))]);
        expect(readWav(file, 0, 'x')).toEqual(asFloats(values));
        expect(readWav(file, 1, 'x')).toEqual(asFloats(values.map((value) => -1 - value)));
      }),
    );
  });

  test('written by a program that forgets to pad odd chunks is read', () => {
    const file = riff([format(), { id: 'LIST', body: new Uint8Array(5), unpadded: true }, data([1, 2, 3])]);
    expect(readWav(file, 0, 'x')).toEqual(asFloats([1, 2, 3]));
  });

  test.each([0, 0xffffffff, 1000])('streamed, with a data length of %i, goes to the end of the file', (length) => {
    const file = Buffer.from(riff([format(), data([5, 6, 7])]));
    file.writeUInt32LE(length, file.length - 10);
    expect(readWav(file, 0, 'x')).toEqual(asFloats([5, 6, 7]));
  });

  test('is read from a view into a larger buffer', () => {
    const file = riff([format(), data([8, 9])]);
    const larger = new Uint8Array(file.length + 14);
    larger.set(file, 7);
    expect(readWav(larger.subarray(7, 7 + file.length), 0, 'x')).toEqual(asFloats([8, 9]));
  });

  test('that we write is one that we read', () => {
    fc.assert(
      fc.property(samples, (values) => {
        const body = Int16Array.from(values);
        expect(readWav(wavOf([new Uint8Array(body.buffer)]), 0, 'x')).toEqual(asFloats(values));
      }),
    );
  });

  test.each([8000, 11_025, 16_000, 44_100, 48_000])('of %i Hz is read at its own rate', (rate) => {
    const file = riff([format({ rate }), data([1])]);
    expect(readWavAt(file, 0, 'x')).toEqual({ samples: asFloats([1]), sampleRate: rate });
  });

  // Of ITU-T G.711's tables 1a and 2a: decision values are 12 and 14 bits there, 16 here.
  test.each([
    ['A-law', 6, [0xd5, 0x55, 0xaa, 0x2a, 0x80], [8, -8, 32_256, -32_256, 5504]],
    ['mu-law', 7, [0xff, 0x7f, 0x80, 0x00, 0xef], [0, 0, 32_124, -32_124, 132]],
  ])('of %s gives what its bytes stand for', (_, tag, bytes, values) => {
    const file = riff([format({ tag, bits: 8 }), { id: 'data', body: Uint8Array.from(bytes) }]);
    expect(readWav(file, 0, 'x')).toEqual(asFloats(values));
    const both = bytes.flatMap((byte) => [byte ^ 0xff, byte]);
    const stereo = riff([format({ tag, bits: 8, channels: 2 }), { id: 'data', body: Uint8Array.from(both) }]);
    expect(readWav(stereo, 1, 'x')).toEqual(asFloats(values));
  });
});

describe('the layout of a WAV file', () => {
  const values = Array.from({ length: 8000 }, (_, i) => i);

  test('is known from its beginning, and unknown from less', () => {
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 3 }), fc.nat(), (before, cut) => {
        const file = riff([...before, format({ channels: 2 }), data(values)]);
        const whole = readLayout(file, file.length, 1, 'x');
        const beginning = file.subarray(0, 12 + (cut % (file.length - 12)));
        const told = readLayout(beginning, file.length, 1, 'x');
        expect(told ?? whole).toEqual(whole);
        if (beginning.length >= file.length - 16_000) expect(told).toEqual(whole);
      }),
    );
  });

  test('says how much was cut off', () => {
    const file = riff([format(), data(values)]);
    expect(readLayout(file, file.length, 0, 'x')?.missingSeconds).toBe(0);
    const cut = file.subarray(0, file.length - 8000);
    expect(readLayout(cut, cut.length, 0, 'x')?.missingSeconds).toBe(0.5);
  });

  test.each([0, 0x7fffffff, 0x7ffff000, 0xffffffff])('is nothing cut off where a stream left %i', (length) => {
    const file = Buffer.from(riff([format(), data(values)]));
    file.writeUInt32LE(length, file.length - 16_004);
    expect(readLayout(file, file.length, 0, 'x')).toMatchObject({ missingSeconds: 0, data: { to: file.length } });
  });
});

describe('what can not be used is refused with what was found', () => {
  const ok = data([1, 2]);
  const cases: [string, Uint8Array, number, RegExp][] = [
    ['nothing', new Uint8Array(0), 0, /an empty file/],
    ['a text', Buffer.from('This is no recording.'), 0, /a file of 21 bytes that is no WAV file, expected [^:]*\.$/],
    ['an MP3', Buffer.from('ID3\u0004 and so on and on', 'latin1'), 0, /an MP3 file.*: ffmpeg -i 'k\.wav' -ar 8000 /],
    ['an Ogg', Buffer.from('OggS and so on and on'), 0, /an Ogg file.*ffmpeg/],
    ['GSM 06.10', riff([format({ tag: 49, bits: 0 }), ok]), 0, /GSM 6\.10 audio.*ffmpeg/],
    ['a FLAC', Buffer.from('fLaC and so on and on'), 0, /a FLAC file/],
    ['big-endian', Buffer.from('RIFX\0\0\0\0WAVEfmt '), 0, /RIFX/],
    ['16 kHz', riff([format({ rate: 16_000 }), ok]), 0, /16000 Hz/],
    ['6 kHz', riff([format({ rate: 6000 }), ok]), 0, /6000 Hz/],
    ['96 kHz', riff([format({ rate: 96_000 }), ok]), 0, /96000 Hz/],
    ['8 bits', riff([format({ bits: 8 }), ok]), 0, /PCM of 8 bits a sample/],
    ['mu-law of 16 bits', riff([format({ tag: 7 }), ok]), 0, /mu-law of 16 bits/],
    ['three channels', riff([format({ channels: 3 }), ok]), 0, /3 channels/],
    ['a channel that is not there', riff([format(), ok]), 1, /1 channel, expected channel 1/],
    ['no format', riff([ok]), 0, /without a format chunk/],
    ['no data', riff([format()]), 0, /without a data chunk/],
    ['no sample', riff([format(), data([])]), 0, /without a sample/],
  ];
  test.each(cases)('%s', (_, bytes, channel, message) => {
    expect(() => readWav(bytes, channel, 's3://b/k.wav')).toThrow(UnusableRecordingError);
    expect(() => readWav(bytes, channel, 's3://b/k.wav')).toThrow(message);
    expect(() => readWav(bytes, channel, 's3://b/k.wav')).toThrow(/s3:\/\/b\/k\.wav/);
  });

  test('a name is quoted in the command as a shell takes it', () => {
    expect(conversion("s3://b/it's here/o'neill.mp3")).toBe(
      String.raw`ffmpeg -i 'o'\''neill.mp3' -ar 8000 -c:a pcm_s16le 'o'\''neill-8k.wav'`,
    );
  });

  test('thousands of damaged files are read or refused, and nothing else', () => {
    const whole = riff([
      { id: 'LIST', body: new Uint8Array(7) },
      format({ channels: 2 }),
      data(Array.from({ length: 64 }, (_, i) => i * 100)),
    ]);
    let refused = 0;
    let read = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }),
        fc.nat(whole.length),
        fc.boolean(),
        (edits, cut, shorten) => {
          const file = Uint8Array.from(whole);
          for (const [at, value] of edits) file[at] = value;
          try {
            const { samples: got } = readWavAt(shorten ? file.subarray(0, cut) : file, 1, 'x');
            expect(got.length).toBeGreaterThan(0);
            expect(got.length).toBeLessThanOrEqual(file.length / 2);
            expect(got.every((sample) => sample >= -1 && sample < 1)).toBe(true);
            read++;
          } catch (error) {
            expect(error).toBeInstanceOf(UnusableRecordingError);
            refused++;
          }
        },
      ),
      { numRuns: 5000 },
    );
    expect(refused).toBeGreaterThan(500);
    expect(read).toBeGreaterThan(500);
  });
});
