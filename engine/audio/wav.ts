import { UnusableRecordingError } from './errors.ts';

/** Hz; what telephone networks carry, and the only rate that Voice ID took. */
export const SAMPLE_RATE = 8000;
/** Bytes of one recording. */
export const MAX_RECORDING_BYTES = 20 * 1024 * 1024;

const PCM = 0x0001;
const EXTENSIBLE = 0xfffe;
const FORMATS: Record<number, string> = {
  2: 'Microsoft ADPCM',
  3: 'floating point',
  6: 'A-law',
  7: 'mu-law',
  17: 'IMA ADPCM',
  49: 'GSM 6.10',
  85: 'MP3',
};
const EXPECTED = 'a WAV file, PCM-16, 8 kHz, one or two channels';

interface Format {
  tag: number;
  channels: number;
  sampleRate: number;
  bitsPerSample: number;
}

function fourCharacters(view: DataView, at: number): string {
  return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
}

function whatItIs(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (bytes.length === 0) return 'an empty file';
  if (head.startsWith('RIFX')) return 'a big-endian WAV file (RIFX)';
  if (head.startsWith('RF64') || head.startsWith('BW64')) return 'a 64-bit WAV file (RF64)';
  if (head.startsWith('RIFF')) return `a RIFF file that is no WAVE`;
  if (head.startsWith('ID3') || (bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe0) === 0xe0)) return 'an MP3 file';
  if (head.startsWith('OggS')) return 'an Ogg file';
  if (head.startsWith('fLaC')) return 'a FLAC file';
  if (head.startsWith('.snd')) return 'a Sun audio file';
  if (head.slice(4, 8) === 'ftyp') return 'an MP4 file';
  return `a file of ${bytes.length} bytes that is no WAV file`;
}

function readFormat(view: DataView, at: number, length: number): Format | undefined {
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

/**
 * The chunks `fmt ` and `data`, wherever they stand. Odd chunks are padded to even length, but writers forget it: where
 * the padded place holds no chunk and the unpadded one does, that is taken. A data chunk of unknown length (0 or
 * 0xFFFFFFFF, as streams leave it) or beyond the file's end goes to the end of the file.
 */
function findChunks(view: DataView): { format?: Format | undefined; data?: { at: number; length: number } } {
  let format: Format | undefined;
  let at = 12;
  while (at + 8 <= view.byteLength) {
    const id = fourCharacters(view, at);
    const length = view.getUint32(at + 4, true);
    const body = at + 8;
    const rest = view.byteLength - body;
    if (id === 'data') {
      const unknown = length === 0xffffffff || length > rest || (length === 0 && rest > 0);
      return { format, data: { at: body, length: unknown ? rest : length } };
    }
    if (id === 'fmt ' && format === undefined) format = readFormat(view, body, length);
    const end = body + length;
    at = end + (length % 2);
    if (length % 2 === 1 && at + 4 <= view.byteLength && /^(?:data|fmt |LIST|fact)$/.test(fourCharacters(view, end)))
      at = end;
  }
  return { format };
}

/**
 * One channel of a recording, as samples in [-1, 1] at 8 kHz, length = frames of the file.
 * @param bytes a WAV file: PCM-16 little-endian, 8 kHz, one or two channels, at most 20 MB; WAVE_FORMAT_EXTENSIBLE,
 *   further chunks and streamed files without lengths are accepted.
 * @param channelId 0 or 1.
 * @param name how a message calls the recording.
 * @throws UnusableRecordingError for anything else.
 */
export function readWav(bytes: Uint8Array, channelId: number, name: string): Float32Array {
  return readWavAt(bytes, channelId, name, [SAMPLE_RATE]).samples;
}

/** As readWav, for a choice of sample rates in Hz. */
export function readWavAt(
  bytes: Uint8Array,
  channelId: number,
  name: string,
  sampleRates: readonly number[],
): { samples: Float32Array; sampleRate: number } {
  const refuse = (found: string, expected = EXPECTED): never => {
    throw new UnusableRecordingError(`The recording ${name} can't be used: found ${found}, expected ${expected}.`);
  };
  if (bytes.length > MAX_RECORDING_BYTES) refuse(`${bytes.length} bytes`, `at most ${MAX_RECORDING_BYTES}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 12 || fourCharacters(view, 0) !== 'RIFF' || fourCharacters(view, 8) !== 'WAVE') {
    return refuse(whatItIs(bytes));
  }
  const { format, data } = findChunks(view);
  if (format === undefined) return refuse('a WAV file without a format chunk');
  if (format.tag !== PCM) return refuse(`${FORMATS[format.tag] ?? `format 0x${format.tag.toString(16)}`} audio`);
  if (format.bitsPerSample !== 16) return refuse(`${format.bitsPerSample} bits a sample`);
  if (!sampleRates.includes(format.sampleRate)) return refuse(`a sample rate of ${format.sampleRate} Hz`);
  const { channels } = format;
  if (channels !== 1 && channels !== 2) return refuse(`${channels} channels`);
  if (channelId !== 0 && channelId !== 1) return refuse(`channel ${channelId} asked for`, 'channel 0 or 1');
  if (channelId >= channels) return refuse(`${channels} channel`, `channel ${channelId}, which the request asks for`);
  if (data === undefined) return refuse('a WAV file without a data chunk');

  const frames = Math.floor(data.length / (2 * channels));
  if (frames === 0) return refuse('a WAV file without a sample');
  const samples = new Float32Array(frames);
  for (let frame = 0; frame < frames; frame++) {
    samples[frame] = view.getInt16(data.at + 2 * (frame * channels + channelId), true) / 32768;
  }
  return { samples, sampleRate: format.sampleRate };
}
