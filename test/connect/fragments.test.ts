import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ID } from '../../connect/call/ebml.ts';
import { MediaStreamError } from '../../connect/call/errors.ts';
import { AGENT, CUSTOMER, type Fragment, FragmentReader } from '../../connect/call/fragments.ts';
import { clusterElement, element, fileHead, tagsElement, tracksElement } from '../../local/matroska-writer.ts';

/**
 * Made by ffmpeg 5.1.9: two sines of a second at 8 kHz, PCM-16, the agent's track first, the customer's second, in clusters
 * of 250 ms; the other with `-live 1` into a pipe, as a stream that can't be gone back in.
 */
const FILES = ['two-tracks.mkv', 'two-tracks-live.mkv'].map((name) => `test/connect/fixtures/${name}`);
/** Of the customer's track as ffmpeg itself decodes it (`-map 0:1 -f s16le`). */
const CUSTOMER_SHA256 = '74fa0a16cd66df301668dd57dd2a8f23f47f45cefcacf039205cbfbb24aad881';

function read(chunks: Iterable<Uint8Array>): Fragment[] {
  const reader = new FragmentReader();
  const fragments: Fragment[] = [];
  for (const chunk of chunks) fragments.push(...reader.push(chunk));
  fragments.push(...reader.end());
  return fragments;
}

const customer = (fragments: readonly Fragment[]): Buffer =>
  Buffer.concat(fragments.map(({ audio }) => audio.get(CUSTOMER) ?? new Uint8Array()));

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const borders = [
    0,
    ...places.map((place) => Math.floor(place * bytes.length)).toSorted((a, b) => a - b),
    bytes.length,
  ];
  return borders.slice(1).map((end, index) => bytes.subarray(borders[index], end));
}
const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

/** What Kinesis Video Streams sends of a fragment. */
function kinesisFragment(number: string, contactId: string, samples: Uint8Array): Buffer {
  return Buffer.concat([
    fileHead(),
    tracksElement([CUSTOMER, AGENT]),
    tagsElement({ AWS_KINESISVIDEO_FRAGMENT_NUMBER: number, AWS_KINESISVIDEO_SERVER_TIMESTAMP: '1.0' }),
    clusterElement(0, [samples, new Uint8Array(samples.length)]),
    tagsElement({ ContactId: contactId }),
    tagsElement({ MimeType: 'audio/L16;rate=8000;channels=1;' }),
    tagsElement({ AWS_KINESISVIDEO_MILLIS_BEHIND_NOW: '0', AWS_KINESISVIDEO_CONTINUATION_TOKEN: number }),
  ]);
}

describe.each(FILES)('%s', (file) => {
  it('has the customer’s samples as ffmpeg has them, however it is cut', async () => {
    const bytes = await readFile(file);
    fc.assert(
      fc.property(places, (where) => {
        const fragments = read(cut(bytes, where));
        expect(fragments.length).toBeGreaterThan(2);
        expect(createHash('sha256').update(customer(fragments)).digest('hex')).toBe(CUSTOMER_SHA256);
      }),
      { numRuns: 30 },
    );
  });

  it('broken or mutated it is refused or read, and nothing else', async () => {
    const bytes = await readFile(file);
    const mutation = fc.record({ at: fc.nat(bytes.length - 1), value: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 20 }), places, (mutations, where) => {
        const mutated = Buffer.from(bytes);
        for (const { at, value } of mutations) mutated[at] = value;
        try {
          for (const { audio } of read(cut(mutated, where))) {
            for (const samples of audio.values()) expect(samples.length).toBeLessThanOrEqual(bytes.length);
          }
        } catch (error) {
          if (!(error instanceof MediaStreamError)) throw error;
        }
      }),
      { numRuns: 300 },
    );
  });
});

it('no Matroska at all is refused or waited for, never a crash', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (chunks) => {
      try {
        read(chunks);
      } catch (error) {
        if (!(error instanceof MediaStreamError)) throw error;
      }
    }),
    { numRuns: 500 },
  );
});

describe('what Kinesis Video Streams sends', () => {
  const one = kinesisFragment('100', 'contact', new Uint8Array([1, 0, 2, 0]));
  const two = kinesisFragment('101', 'other', new Uint8Array([3, 0]));

  it('gives each fragment its own number and contact, as soon as it is whole', () => {
    const reader = new FragmentReader();
    const first = [...reader.push(one)];
    expect(first).toMatchObject([{ number: '100', contactId: 'contact' }]);
    expect(customer(first)).toEqual(Buffer.from([1, 0, 2, 0]));
    // Until its last byte there is none.
    expect([...reader.push(two.subarray(0, -1))]).toEqual([]);
    expect([...reader.push(two.subarray(-1))]).toMatchObject([{ number: '101', contactId: 'other' }]);
    expect([...reader.end()]).toEqual([]);
  });

  it('gives nothing of a fragment that a broken connection cut off', () => {
    const cluster = Buffer.concat([one, two]).lastIndexOf(Buffer.from([0x1f, 0x43, 0xb6, 0x75]));
    const reader = new FragmentReader();
    const fragments = [...reader.push(Buffer.concat([one, two]).subarray(0, cluster + 20))];
    expect(fragments.map(({ number }) => number)).toEqual(['100']);
  });

  it('tells of an error in the stream', () => {
    const error = tagsElement({ AWS_KINESISVIDEO_ERROR_CODE: 'AccessDenied', AWS_KINESISVIDEO_ERROR_ID: '4500' });
    expect(() => read([one, error])).toThrow('Kinesis Video Streams ended the stream: AccessDenied (4500).');
  });
});

describe('refuses', () => {
  const float = (value: number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return bytes;
  };
  const track = (...audio: Buffer[]) =>
    Buffer.concat([
      fileHead(),
      element(
        ID.Tracks,
        element(
          ID.TrackEntry,
          element(ID.TrackNumber, Buffer.from([1])),
          element(ID.Name, Buffer.from(CUSTOMER)),
          element(ID.Audio, ...audio),
        ),
      ),
    ]);
  const block = (...bytes: number[]) => element(ID.Cluster, element(ID.SimpleBlock, Buffer.from(bytes)));
  const head = Buffer.concat([fileHead(), tracksElement([CUSTOMER])]);

  it.each([
    ['another sampling rate', track(element(ID.SamplingFrequency, float(16_000))), /16000 where 8000 belongs/],
    ['two channels', track(element(ID.Channels, Buffer.from([2]))), /2 where 1 belongs/],
    ['another sample size', track(element(ID.BitDepth, Buffer.from([24]))), /24 where 16 belongs/],
    ['another type', Buffer.concat([head, tagsElement({ MimeType: 'audio/L16;rate=16000' })]), /expected 8000 Hz/],
    ['lacing', Buffer.concat([head, block(0x81, 0, 0, 0x82, 1, 2)]), /lacing/],
    ['a block of no track', Buffer.concat([head, block(0x83, 0, 0, 0x80, 1, 2)]), /track 3/],
    ['a block without its header', Buffer.concat([head, block(0x81, 0)]), /without its header/],
    ['an element of gigabytes', Buffer.from([0x1f, 0x43, 0xb6, 0x75, 0x08, 0x7f, 0xff, 0xff, 0xff]), /at most 8388608/],
    ['a WAV file', Buffer.from('RIFF\u0024\u0000\u0000\u0000WAVEfmt '), /expected Matroska/],
  ])('%s', (_what, bytes, message) => {
    expect(() => read([bytes])).toThrow(message);
    expect(() => read([bytes])).toThrow(MediaStreamError);
  });

  it('nothing of a track without a name, which is what Amazon Connect’s first streams had', () => {
    const fragments = read([fileHead(), tracksElement(['']), clusterElement(0, [new Uint8Array([5, 0])])]);
    expect(customer(fragments)).toEqual(Buffer.from([5, 0]));
  });
});
