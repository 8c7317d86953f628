import { MediaStreamError } from './errors.ts';

/** An element of a Matroska file with its content whole. `id` is as the specification prints it, marker bits and all. */
export interface Element {
  id: number;
  content: Uint8Array;
}

/** Element ids, from RFC 8794 (EBML) and RFC 9559 (Matroska). */
export const ID = {
  EBML: 0x1a45dfa3,
  Segment: 0x18538067,
  SeekHead: 0x114d9b74,
  Info: 0x1549a966,
  Tracks: 0x1654ae6b,
  TrackEntry: 0xae,
  TrackNumber: 0xd7,
  Name: 0x536e,
  Audio: 0xe1,
  SamplingFrequency: 0xb5,
  Channels: 0x9f,
  BitDepth: 0x6264,
  Cluster: 0x1f43b675,
  SimpleBlock: 0xa3,
  BlockGroup: 0xa0,
  Block: 0xa1,
  Cues: 0x1c53bb6b,
  Chapters: 0x1043a770,
  Attachments: 0x1941a469,
  Tags: 0x1254c367,
  Void: 0xec,
  Crc32: 0xbf,
  Tag: 0x7373,
  SimpleTag: 0x67c8,
  TagName: 0x45a3,
  TagString: 0x4487,
} as const;

/** What ends an element of unknown length: whatever can't be inside it. */
const TOP_LEVEL: ReadonlySet<number> = new Set([
  ID.EBML,
  ID.Segment,
  ID.SeekHead,
  ID.Info,
  ID.Tracks,
  ID.Cluster,
  ID.Cues,
  ID.Chapters,
  ID.Attachments,
  ID.Tags,
]);

/** Bytes. A cluster of Amazon Connect, a second of two tracks, has 33 KB; ffmpeg's, five seconds, 160 KB. */
const MOST_BYTES = 8 * 1024 * 1024;

/** A variable-length number (RFC 8794, section 4); undefined where its bytes are not all there. */
function vint(bytes: Uint8Array, at: number, keepMarker: boolean): { value: number; length: number } | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  if (first === 0) throw new MediaStreamError('Found a number of more than eight bytes, expected Matroska.');
  const length = Math.clz32(first) - 23;
  if (at + length > bytes.length) return undefined;
  let value = keepMarker ? first : first & (0xff >> length);
  let allOnes = (first & (0xff >> length)) === 0xff >> length;
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i] ?? 0;
    value = value * 256 + byte;
    allOnes &&= byte === 0xff;
  }
  return { value: !keepMarker && allOnes ? UNKNOWN : value, length };
}

/** The length of an element whose end only its successor tells. */
const UNKNOWN = Number.POSITIVE_INFINITY;

interface Header {
  id: number;
  /** Bytes of content, or UNKNOWN. */
  size: number;
  /** Bytes of the header itself. */
  length: number;
}

function headerAt(bytes: Uint8Array, at: number): Header | undefined {
  const id = vint(bytes, at, true);
  if (id === undefined) return undefined;
  if (id.length > 4) throw new MediaStreamError('Found an element id of more than four bytes, expected Matroska.');
  const size = vint(bytes, at + id.length, false);
  return size === undefined ? undefined : { id: id.value, size: size.value, length: id.length + size.length };
}

/** Where an element of unknown length ends, its content beginning at `from`; undefined while that is not to be seen. */
function endOf(bytes: Uint8Array, from: number): number | undefined {
  let at = from;
  for (;;) {
    const child = headerAt(bytes, at);
    if (child === undefined) return undefined;
    if (TOP_LEVEL.has(child.id)) return at;
    if (child.size === UNKNOWN) throw new MediaStreamError('Found an element of unknown length inside a cluster.');
    at += child.length + child.size;
    if (at > bytes.length) return undefined;
  }
}

/** The elements inside a whole one; what is cut off at its end is left out. */
export function* children(content: Uint8Array): Generator<Element> {
  let at = 0;
  for (;;) {
    const header = headerAt(content, at);
    if (header === undefined) return;
    const start = at + header.length;
    const end = start + header.size;
    if (end > content.length) return;
    yield { id: header.id, content: content.subarray(start, end) };
    at = end;
  }
}

/**
 * Cuts a stream of Matroska into its top-level elements, each given when it is whole. A segment is gone into, not
 * gathered: in a live stream it has no end. Files one after another, as GetMedia sends them, are one stream.
 */
export class ElementReader {
  #waiting: Uint8Array[] = [];
  #length = 0;
  /** Bytes that must be there before another look at them is worth it. */
  #wanted = 1;

  /** @throws MediaStreamError where the bytes are no Matroska, or an element is longer than this reads. */
  *push(chunk: Uint8Array): Generator<Element> {
    this.#waiting.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#wanted) return;
    const bytes = this.#waiting.length === 1 ? chunk : Buffer.concat(this.#waiting);
    let at = 0;
    this.#wanted = 1;
    try {
      for (;;) {
        const header = headerAt(bytes, at);
        if (header === undefined) return;
        const start = at + header.length;
        if (header.id === ID.Segment) {
          at = start;
          continue;
        }
        if (!TOP_LEVEL.has(header.id) && header.id !== ID.Void && header.id !== ID.Crc32) {
          throw new MediaStreamError(`Found the element 0x${header.id.toString(16)} at top level, expected Matroska.`);
        }
        const end = header.size === UNKNOWN ? endOf(bytes, start) : start + header.size;
        const size = (end ?? bytes.length) - start;
        if (size > MOST_BYTES) {
          throw new MediaStreamError(`Found an element of ${size} bytes, expected at most ${MOST_BYTES}.`);
        }
        if (end === undefined || end > bytes.length) {
          this.#wanted = end === undefined ? bytes.length - at + 1 : end - at;
          return;
        }
        at = end;
        yield { id: header.id, content: bytes.subarray(start, end) };
      }
    } finally {
      this.#waiting = at < bytes.length ? [bytes.subarray(at)] : [];
      this.#length = bytes.length - at;
    }
  }

  /** The stream's last element, where it is of unknown length and ends with the stream. Anything else is cut off. */
  *end(): Generator<Element> {
    const bytes = Buffer.concat(this.#waiting);
    const header = headerAt(bytes, 0);
    if (header?.size === UNKNOWN) yield { id: header.id, content: bytes.subarray(header.length) };
    this.#waiting = [];
    this.#length = 0;
  }
}
