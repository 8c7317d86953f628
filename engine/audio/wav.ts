import { ofALaw } from './a-law.ts';
import { UnusableRecordingError } from './errors.ts';
import { ofMuLaw } from './mu-law.ts';

/** Hz; what telephone networks carry, and what everything behind the decoder works at. */
export const SAMPLE_RATE = 8000;
const HIGHEST_RATE = 48_000;

/** Format tags (mmreg.h) of what is heard, with the bits that a sample of each has. */
const CODINGS = { 1: 'PCM', 6: 'A-law', 7: 'mu-law' } as const;
export const BITS = { PCM: 16, 'A-law': 8, 'mu-law': 8 } as const;
const EXTENSIBLE = 0xfffe;
/** Of what is not. */
const FORMATS: Record<number, string> = {
  2: 'Microsoft ADPCM',
  3: 'floating point',
  17: 'IMA ADPCM',
  49: 'GSM 6.10',
  80: 'MPEG',
  85: 'MP3',
};
const EXPECTED = 'a WAV file, PCM-16, mu-law or A-law, 8 to 48 kHz, one or two channels';

export interface WavFormat {
  coding: keyof typeof BITS;
  channels: 1 | 2;
  /** Hz */
  sampleRate: number;
  /** Of one sample of every channel. */
  bytesPerFrame: number;
}

/** Where a WAV file's audio is. */
export interface WavLayout {
  format: WavFormat;
  /** Bytes from the file's beginning; `to` is not part of it. Whole frames. */
  data: { from: number; to: number };
  /** Seconds that the header promises and the file does not hold; 0 where it says nothing of it. */
  missingSeconds: number;
}

function fourCharacters(view: DataView, at: number): string {
  return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
}

/** Audio of another kind; undefined where it is none that is known. */
function whatElse(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (head.startsWith('RIFX')) return 'a big-endian WAV file (RIFX)';
  if (head.startsWith('RF64') || head.startsWith('BW64')) return 'a 64-bit WAV file (RF64)';
  if (head.startsWith('ID3') || (bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe0) === 0xe0)) return 'an MP3 file';
  if (head.startsWith('OggS')) return 'an Ogg file';
  if (head.startsWith('fLaC')) return 'a FLAC file';
  if (head.startsWith('#!AMR')) return 'an AMR file';
  if (head.startsWith('.snd')) return 'a Sun audio file';
  return head.slice(4, 8) === 'ftyp' ? 'an MP4 file' : undefined;
}

/**
 * The command that makes a recording usable, for a message: `name` is how it calls the recording. What is no file's name
 * stands for any.
 */
export function conversion(name: string): string {
  if (!/\.[^./]+$/.test(name)) return 'ffmpeg -i RECORDING -ar 8000 -c:a pcm_s16le RECORDING-8k.wav';
  const file = name.slice(name.lastIndexOf('/') + 1).replaceAll("'", "'\\''");
  return `ffmpeg -i '${file}' -ar 8000 -c:a pcm_s16le '${file.replace(/\.[^.]*$/, '')}-8k.wav'`;
}

interface RawFormat {
  tag: number;
  channels: number;
  sampleRate: number;
  bitsPerSample: number;
}

function readFormat(view: DataView, at: number, length: number): RawFormat | undefined {
  if (length < 16 || at + 16 > view.byteLength) return undefined;
  let tag = view.getUint16(at, true);
  // The sub-format's first two bytes are the format tag (KSDATAFORMAT_SUBTYPE_*).
  if (tag === EXTENSIBLE && length >= 26 && at + 26 <= view.byteLength) tag = view.getUint16(at + 24, true);
  return {
    tag,
    channels: view.getUint16(at + 2, true),
    sampleRate: view.getUint32(at + 4, true),
    bitsPerSample: view.getUint16(at + 14, true),
  };
}

/** What streams leave for a length that they don't know: 0, or about the most that a signed or unsigned number holds. */
const isUnknown = (length: number) => length === 0 || length >= 0x7fff_0000;

/**
 * The chunks `fmt ` and `data`, wherever they stand. Odd chunks are padded to even length, but writers forget it: where
 * the padded place holds no chunk and the unpadded one does, that is taken. A data chunk of unknown length or beyond the
 * file's end goes to the end of the file.
 * @param size bytes of the whole file.
 */
function findChunks(
  view: DataView,
  size: number,
): { format?: RawFormat | undefined; data?: { from: number; to: number; missing: number } } {
  let format: RawFormat | undefined;
  let at = 12;
  while (at + 8 <= view.byteLength) {
    const id = fourCharacters(view, at);
    const length = view.getUint32(at + 4, true);
    const body = at + 8;
    const rest = size - body;
    if (id === 'data') {
      if (isUnknown(length) && (length > rest || rest > 0))
        return { format, data: { from: body, to: size, missing: 0 } };
      return { format, data: { from: body, to: body + Math.min(length, rest), missing: Math.max(0, length - rest) } };
    }
    if (id === 'fmt ' && format === undefined) format = readFormat(view, body, length);
    const end = body + length;
    at = end + (length % 2);
    if (length % 2 === 1 && at + 4 <= view.byteLength && /^(?:data|fmt |LIST|fact)$/.test(fourCharacters(view, end)))
      at = end;
  }
  return { format };
}

const refusal = (name: string, found: string, expected = EXPECTED) =>
  new UnusableRecordingError(`The recording ${name} can't be used: found ${found}, expected ${expected}.`);

/** With the command that makes one of it. */
const foreign = (name: string, found: string) => refusal(name, found, `${EXPECTED}: ${conversion(name)}`);

/**
 * What a WAV file says of itself. WAVE_FORMAT_EXTENSIBLE, further chunks and streamed files without lengths are accepted.
 * @param bytes the file, or its beginning.
 * @param size bytes of the whole file.
 * @param name how a message calls the recording.
 * @returns undefined where the beginning is too short to tell.
 * @throws UnusableRecordingError where it is no such file, or does not have the channel.
 */
export function readLayout(bytes: Uint8Array, size: number, channelId: number, name: string): WavLayout | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 12 || fourCharacters(view, 0) !== 'RIFF' || fourCharacters(view, 8) !== 'WAVE') {
    const other = whatElse(bytes);
    if (other !== undefined) throw foreign(name, other);
    throw refusal(name, size === 0 ? 'an empty file' : `a file of ${size} bytes that is no WAV file`);
  }
  const { format, data } = findChunks(view, size);
  if (data === undefined && bytes.length < size) return undefined;
  if (format === undefined) throw refusal(name, 'a WAV file without a format chunk');
  const { tag, channels, sampleRate, bitsPerSample } = format;
  const coding = tag === 1 || tag === 6 || tag === 7 ? CODINGS[tag] : undefined;
  if (coding === undefined) throw foreign(name, `${FORMATS[tag] ?? `format 0x${tag.toString(16)}`} audio`);
  if (bitsPerSample !== BITS[coding]) throw foreign(name, `${coding} of ${bitsPerSample} bits a sample`);
  if (sampleRate < SAMPLE_RATE || sampleRate > HIGHEST_RATE) throw refusal(name, `a sample rate of ${sampleRate} Hz`);
  if (channels !== 1 && channels !== 2) throw refusal(name, `${channels} channels`);
  if (channelId !== 0 && channelId !== 1) throw refusal(name, `channel ${channelId} asked for`, 'channel 0 or 1');
  if (channelId >= channels) {
    throw refusal(name, `${channels} channel`, `channel ${channelId}, which the request asks for`);
  }
  if (data === undefined) throw refusal(name, 'a WAV file without a data chunk');
  const bytesPerFrame = (channels * bitsPerSample) / 8;
  const frames = Math.floor((data.to - data.from) / bytesPerFrame);
  if (frames <= 0) throw refusal(name, 'a WAV file without a sample');
  return {
    format: { coding, channels, sampleRate, bytesPerFrame },
    data: { from: data.from, to: data.from + frames * bytesPerFrame },
    missingSeconds: data.missing / bytesPerFrame / sampleRate,
  };
}

/** What each byte stands for. */
const G711 = {
  'A-law': Float32Array.from({ length: 256 }, (_, byte) => ofALaw(byte)),
  'mu-law': Float32Array.from({ length: 256 }, (_, byte) => ofMuLaw(byte)),
};

/** One channel of whole frames, as samples in [-1, 1] at the file's rate; the other channel is not looked at. */
export function decode(frames: Uint8Array, { coding, channels, bytesPerFrame }: WavFormat, channelId: number) {
  const samples = new Float32Array(Math.floor(frames.length / bytesPerFrame));
  if (coding === 'PCM') {
    const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
    for (let frame = 0; frame < samples.length; frame++) {
      samples[frame] = view.getInt16(2 * (frame * channels + channelId), true) / 32768;
    }
    return samples;
  }
  const table = G711[coding];
  for (let frame = 0; frame < samples.length; frame++) {
    samples[frame] = table[frames[frame * channels + channelId] ?? 0] ?? 0;
  }
  return samples;
}

/** One channel of a whole file, as `decode` gives it. @throws UnusableRecordingError */
export function readWavAt(
  bytes: Uint8Array,
  channelId: number,
  name: string,
): { samples: Float32Array; sampleRate: number } {
  const layout = readLayout(bytes, bytes.length, channelId, name);
  if (layout === undefined) throw refusal(name, 'a WAV file without a data chunk');
  const { format, data } = layout;
  return { samples: decode(bytes.subarray(data.from, data.to), format, channelId), sampleRate: format.sampleRate };
}

/** The same of a file of 8 kHz. @throws UnusableRecordingError for another rate, too. */
export function readWav(bytes: Uint8Array, channelId: number, name: string): Float32Array {
  const { samples, sampleRate } = readWavAt(bytes, channelId, name);
  if (sampleRate !== SAMPLE_RATE) {
    throw refusal(name, `a sample rate of ${sampleRate} Hz`, `8000 Hz: ${conversion(name)}`);
  }
  return samples;
}
