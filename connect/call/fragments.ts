import { children, type Element, ElementReader, ID } from './ebml.ts';
import { MediaStreamError } from './errors.ts';

/** A piece of a call, about a second of Amazon Connect's: what GetMedia sends as a Matroska file of its own. */
export interface Fragment {
  /** Its place in the stream, by which GetMedia goes on; undefined in a file that is no Kinesis Video Stream. */
  number: string | undefined;
  /** Whose call it is: Amazon Connect uses a stream for one contact after another. */
  contactId: string | undefined;
  /** PCM-16 samples (8 kHz, one channel, little-endian) by track name, in the order of their blocks. */
  audio: ReadonlyMap<string, Uint8Array>;
}

/** What Amazon Connect names the track of what the customer says. */
export const CUSTOMER = 'AUDIO_FROM_CUSTOMER';
/** What the customer hears. */
export const AGENT = 'AUDIO_TO_CUSTOMER';

const SAMPLE_RATE = 8000;

const text = ({ content }: Element): string => Buffer.from(content).toString('utf8').replace(/\0+$/, '');
const unsigned = ({ content }: Element): number => content.reduce((value, byte) => value * 256 + byte, 0);

function float({ content }: Element): number {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  return content.length === 4 ? view.getFloat32(0) : content.length === 8 ? view.getFloat64(0) : Number.NaN;
}

const expected = `${SAMPLE_RATE} Hz, 16 bits, one channel`;

/** What a track declares of its audio must be what Amazon Connect sends. It declares nothing, ffmpeg does. */
function checkAudio(audio: Element): void {
  for (const element of children(audio.content)) {
    const value = element.id === ID.SamplingFrequency ? float(element) : unsigned(element);
    const wanted = { [ID.SamplingFrequency]: SAMPLE_RATE, [ID.BitDepth]: 16, [ID.Channels]: 1 }[element.id];
    if (wanted !== undefined && value !== wanted) {
      throw new MediaStreamError(`Found a track with ${value} where ${wanted} belongs, expected ${expected}.`);
    }
  }
}

/** Track number → name. */
function tracksOf(tracks: Uint8Array): Map<number, string> {
  const names = new Map<number, string>();
  for (const entry of children(tracks)) {
    if (entry.id !== ID.TrackEntry) continue;
    let number = 0;
    let name = '';
    for (const element of children(entry.content)) {
      if (element.id === ID.TrackNumber) number = unsigned(element);
      else if (element.id === ID.Name) name = text(element);
      else if (element.id === ID.Audio) checkAudio(element);
    }
    names.set(number, name);
  }
  // Before it had two tracks, Amazon Connect's one had no name.
  if (names.size === 1) for (const [number, name] of names) if (name === '') names.set(number, CUSTOMER);
  return names;
}

function tagsOf(tags: Uint8Array): Map<string, string> {
  const found = new Map<string, string>();
  for (const tag of children(tags)) {
    if (tag.id !== ID.Tag) continue;
    for (const simple of children(tag.content)) {
      if (simple.id !== ID.SimpleTag) continue;
      const members = [...children(simple.content)];
      const name = members.find(({ id }) => id === ID.TagName);
      const value = members.find(({ id }) => id === ID.TagString);
      if (name !== undefined) found.set(text(name), value === undefined ? '' : text(value));
    }
  }
  return found;
}

/** Track and samples of a block (RFC 9559, section 10). */
function blockOf(block: Uint8Array): { track: number; samples: Uint8Array } {
  const [first = 0, second = 0] = block;
  // 127 tracks are enough for a call: one byte, or two.
  const [track, length] = first >= 0x80 ? [first & 0x7f, 1] : [((first & 0x3f) << 8) | second, 2];
  const flags = block[length + 2];
  if (first < 0x40 || flags === undefined) throw new MediaStreamError('Found a block without its header.');
  if ((flags & 0x06) !== 0) throw new MediaStreamError('Found a block with lacing, expected one frame a block.');
  return { track, samples: block.subarray(length + 3) };
}

function audioOf(cluster: Uint8Array, tracks: ReadonlyMap<number, string>): Map<string, Uint8Array> {
  const parts = new Map<string, Uint8Array[]>();
  const add = (block: Uint8Array) => {
    const { track, samples } = blockOf(block);
    const name = tracks.get(track);
    if (name === undefined) throw new MediaStreamError(`Found a block of track ${track}, which is not declared.`);
    const before = parts.get(name);
    if (before === undefined) parts.set(name, [samples]);
    else before.push(samples);
  };
  for (const { id, content } of children(cluster)) {
    if (id === ID.SimpleBlock) add(content);
    else if (id === ID.BlockGroup) {
      for (const element of children(content)) if (element.id === ID.Block) add(element.content);
    }
  }
  return new Map([...parts].map(([name, samples]) => [name, Buffer.concat(samples)]));
}

/**
 * Cuts what GetMedia sends into fragments, each given when it is whole: its number stands before its cluster, the
 * contact's id and the continuation token after it. A file with several clusters gives one fragment a cluster.
 */
export class FragmentReader {
  readonly #elements = new ElementReader();
  #tracks = new Map<number, string>();
  #number: string | undefined;
  #contactId: string | undefined;
  #audio: Map<string, Uint8Array> | undefined;

  /** @throws MediaStreamError where the bytes are no such stream, or Kinesis Video Streams tells of an error in it. */
  *push(chunk: Uint8Array): Generator<Fragment> {
    for (const element of this.#elements.push(chunk)) yield* this.#take(element);
  }

  /** The last fragment of a file; of a connection that broke, what was not whole is not given. */
  *end(): Generator<Fragment> {
    for (const element of this.#elements.end()) yield* this.#take(element);
    yield* this.#flush();
  }

  *#take({ id, content }: Element): Generator<Fragment> {
    if (id === ID.EBML) {
      yield* this.#flush();
      this.#tracks = new Map();
    } else if (id === ID.Tracks) this.#tracks = tracksOf(content);
    else if (id === ID.Cluster) {
      yield* this.#flush();
      this.#audio = audioOf(content, this.#tracks);
    } else if (id === ID.Tags) yield* this.#tags(tagsOf(content));
  }

  *#tags(tags: Map<string, string>): Generator<Fragment> {
    const error = tags.get('AWS_KINESISVIDEO_ERROR_CODE');
    if (error !== undefined) {
      const id = tags.get('AWS_KINESISVIDEO_ERROR_ID') ?? 'without id';
      throw new MediaStreamError(`Kinesis Video Streams ended the stream: ${error} (${id}).`);
    }
    const number = tags.get('AWS_KINESISVIDEO_FRAGMENT_NUMBER');
    if (number !== undefined) {
      yield* this.#flush();
      this.#number = number;
    }
    this.#contactId = tags.get('ContactId') ?? this.#contactId;
    const type = tags.get('MimeType');
    if (type !== undefined && !/^audio\/L16;\s*rate=8000\b/i.test(type)) {
      throw new MediaStreamError(`Found audio of the type ${type.slice(0, 80)}, expected ${expected}.`);
    }
    if (tags.has('AWS_KINESISVIDEO_CONTINUATION_TOKEN')) yield* this.#flush();
  }

  *#flush(): Generator<Fragment> {
    const audio = this.#audio;
    if (audio === undefined) return;
    const fragment = { number: this.#number, contactId: this.#contactId, audio };
    this.#audio = undefined;
    this.#number = undefined;
    this.#contactId = undefined;
    yield fragment;
  }
}
