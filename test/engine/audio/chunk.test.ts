import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readChunk } from '../../../engine/audio/chunk.ts';
import { UnusableRecordingError } from '../../../engine/audio/errors.ts';
import { wavOf } from '../../../engine/audio/wav-writer.ts';

const types = ['audio/wav', 'audio/pcm; rate=8000', 'audio/basic', 'audio/PCMU;=;', 'audio/opus', '', undefined];
const samples = fc.uint8Array({ maxLength: 300 }).map((bytes) => bytes.slice(0, bytes.length & ~1));
/** A WAV file with some bytes of its header changed. */
const damaged = fc
  .tuple(samples, fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 4 }))
  .map(([body, changes]) => {
    const file = Uint8Array.from(wavOf([body]));
    for (const [at, value] of changes) if (at < file.length) file[at] = value;
    return file;
  });

test('whatever comes is samples or refused, in a sentence that says what was expected', () => {
  const channels = fc.constantFrom(undefined, 0, 1);
  fc.assert(
    fc.property(fc.oneof(samples, damaged), fc.constantFrom(...types), channels, (bytes, type, channelId) => {
      try {
        const heard = readChunk(bytes, type, channelId);
        expect(heard.length).toBeLessThanOrEqual(bytes.length);
        expect(heard.every((sample) => sample >= -1 && sample <= 1)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(UnusableRecordingError);
        expect(String(error)).toMatch(/ound .*, expected /);
      }
    }),
    { numRuns: 500 },
  );
});

test('the samples are the same, whatever they come in', () => {
  fc.assert(
    fc.property(samples, (body) => {
      const raw = readChunk(body, 'audio/pcm', undefined);
      expect(raw.length).toBe(body.length / 2);
      if (body.length > 0) expect(readChunk(wavOf([body]), undefined, 0)).toEqual(raw);
    }),
    { numRuns: 100 },
  );
});
