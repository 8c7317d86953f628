import { ID } from '../connect/call/ebml.ts';

const idBytes = (id: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(id);
  return bytes.subarray(bytes.findIndex((byte) => byte !== 0));
};

/** Eight bytes, whatever the length: nobody counts them here. */
function sizeBytes(size: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(0x0100000000000000n | BigInt(size));
  return bytes;
}

const UNKNOWN = Buffer.from([0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);

export const element = (id: number, ...content: Uint8Array[]): Buffer => {
  const body = Buffer.concat(content);
  return Buffer.concat([idBytes(id), sizeBytes(body.length), body]);
};
const text = (id: number, value: string): Buffer => element(id, Buffer.from(value, 'utf8'));
const number = (id: number, value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return element(id, bytes);
};

const TIMESTAMP = 0xe7;
const TIMESTAMP_SCALE = 0x2ad7b1;
const DOC_TYPE = 0x4282;
const TRACK_UID = 0x73c5;
const TRACK_TYPE = 0x83;
const CODEC_ID = 0x86;
const AUDIO = 2;

/** What a Matroska file begins with: a segment without end, timestamps in milliseconds. */
export const fileHead = (): Buffer =>
  Buffer.concat([
    element(ID.EBML, text(DOC_TYPE, 'matroska')),
    idBytes(ID.Segment),
    UNKNOWN,
    element(ID.Info, number(TIMESTAMP_SCALE, 1_000_000)),
  ]);

/** Audio tracks of these names, numbered from 1; like Amazon Connect's they declare AAC, and carry PCM-16. */
export const tracksElement = (names: readonly string[]): Buffer =>
  element(
    ID.Tracks,
    ...names.map((name, index) =>
      element(
        ID.TrackEntry,
        number(ID.TrackNumber, index + 1),
        number(TRACK_UID, index + 1),
        number(TRACK_TYPE, AUDIO),
        text(ID.Name, name),
        text(CODEC_ID, 'A_AAC'),
      ),
    ),
  );

export const tagsElement = (tags: Readonly<Record<string, string>>): Buffer =>
  element(
    ID.Tags,
    ...Object.entries(tags).map(([name, value]) =>
      element(ID.Tag, element(ID.SimpleTag, text(ID.TagName, name), text(ID.TagString, value))),
    ),
  );

/** One frame of a track, so many milliseconds into its cluster. */
function simpleBlock(track: number, milliseconds: number, samples: Uint8Array): Buffer {
  const head = Buffer.from([0x80 | track, 0, 0, 0x80]);
  head.writeInt16BE(milliseconds, 1);
  return element(ID.SimpleBlock, head, samples);
}

const BYTES_PER_MS = 16;
/** Bytes of a frame: 60 ms, as long as Amazon Connect's. */
const FRAME = 60 * BYTES_PER_MS;

/** PCM-16 samples of each track (8 kHz), the first of track 1, in frames that take turns. */
export function clusterElement(timestamp: number, tracks: readonly Uint8Array[]): Buffer {
  const blocks: Buffer[] = [];
  const longest = Math.max(0, ...tracks.map((samples) => samples.length));
  for (let at = 0; at < longest; at += FRAME) {
    for (const [index, samples] of tracks.entries()) {
      const frame = samples.subarray(at, at + FRAME);
      if (frame.length > 0) blocks.push(simpleBlock(index + 1, at / BYTES_PER_MS, frame));
    }
  }
  return element(ID.Cluster, number(TIMESTAMP, timestamp), ...blocks);
}
