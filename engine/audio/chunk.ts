import { UnusableRecordingError } from './errors.ts';
import { ofMuLaw } from './mu-law.ts';
import { readLayout, readWav } from './wav.ts';

/** Media types of samples without a header: 8 kHz, one channel. PCM-16 is little-endian. */
const RAW: Record<string, 'PCM-16' | 'mu-law'> = {
  'application/octet-stream': 'PCM-16',
  'audio/pcm': 'PCM-16',
  'audio/basic': 'mu-law',
  'audio/pcmu': 'mu-law',
};
const WAV = ['audio/wav', 'audio/x-wav', 'audio/wave', 'audio/vnd.wave'];
const EXPECTED =
  'a WAV file (PCM-16, mu-law or A-law, 8 kHz), or samples at 8 kHz with the content type audio/pcm (PCM-16, little-endian) or audio/basic (mu-law)';
/** Beginnings of files that are no samples, in latin1; the chance of one in samples is one in four billion. */
const OTHER_FILES = /^(?:RIF[FX]|RF64|BW64|ID3|OggS|fLaC|\.snd|FORM|#!AMR|.{4}ftyp)/s;

/** `audio/pcm; rate=8000` → the media type, and its parameters. */
function mediaType(header: string): { type: string; parameters: Map<string, string> } {
  const [type = '', ...rest] = header.toLowerCase().split(';');
  const parameters = rest.map((parameter): [string, string] => {
    const [name = '', value = ''] = parameter.split('=');
    return [name.trim(), value.trim().replaceAll('"', '')];
  });
  return { type: type.trim(), parameters: new Map(parameters) };
}

function raw(bytes: Uint8Array, form: 'PCM-16' | 'mu-law'): Float32Array {
  if (form === 'mu-law') return Float32Array.from(bytes, ofMuLaw);
  if (bytes.length % 2 !== 0) {
    throw new UnusableRecordingError(`Found ${bytes.length} bytes of audio, expected whole PCM-16 samples, of two.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length / 2 }, (_, i) => view.getInt16(2 * i, true) / 32768);
}

/** Bytes of a header with nothing behind it: what a recorder writes that was told to stop at once. */
const HEADER_ALONE = 44;

/** One channel of a WAV file; of two, which one has to be said: the other one is the agent. */
function wav(bytes: Uint8Array, channelId: number | undefined): Float32Array {
  const name = 'of the session';
  if (bytes.length === HEADER_ALONE && Buffer.from(bytes.subarray(36, 40)).toString('latin1') === 'data') {
    return new Float32Array();
  }
  const layout = readLayout(bytes, bytes.length, channelId ?? 0, name);
  if (layout?.format.channels === 2 && channelId === undefined) {
    throw new UnusableRecordingError(
      'Found 2 channels, expected to be told which one is the caller: channelId=0 or 1.',
    );
  }
  return readWav(bytes, channelId ?? 0, name);
}

/**
 * A chunk of a call: what its content says, and, where samples without a header say nothing, its content type.
 * @param contentType of the request; undefined as application/octet-stream.
 * @param channelId 0 or 1; a file of two channels needs it.
 * @returns samples in [-1, 1] at 8 kHz; none of an empty chunk.
 * @throws UnusableRecordingError
 */
export function readChunk(
  bytes: Uint8Array,
  contentType: string | undefined,
  channelId: number | undefined,
): Float32Array {
  if (bytes.length === 0) return new Float32Array();
  const { type, parameters } = mediaType(contentType ?? 'application/octet-stream');
  const head = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (WAV.includes(type) || (head.startsWith('RIFF') && head.endsWith('WAVE'))) {
    return wav(bytes, channelId);
  }
  if (OTHER_FILES.test(head))
    throw new UnusableRecordingError(`Found a file that is no WAV file, expected ${EXPECTED}.`);
  const form = RAW[type];
  if (form === undefined) {
    throw new UnusableRecordingError(`Found the content type ${type.slice(0, 80)}, expected ${EXPECTED}.`);
  }
  for (const [name, only] of [
    ['rate', '8000'],
    ['channels', '1'],
  ] as const) {
    const found = parameters.get(name);
    if (found !== undefined && found !== only) {
      throw new UnusableRecordingError(
        `Found ${name}=${found.slice(0, 20)} in the content type, expected ${only}: convert it first (ffmpeg: -ar 8000 -ac 1).`,
      );
    }
  }
  if (channelId === 1) throw new UnusableRecordingError('Found channelId=1, expected 0: samples are of one channel.');
  return raw(bytes, form);
}
