import type { Span } from '../audio/voice-activity.ts';
import { BITS } from '../audio/wav.ts';
import type { EngineDeps } from '../deps.ts';
import { ValidationException } from '../errors.ts';
import { ENROLLMENT } from '../jobs/enroll-speaker.ts';
import { ManifestError } from '../jobs/manifest.ts';
import { recordings } from '../jobs/recordings.ts';
import { CLIPPED, type HeardRecording, voicesIn } from '../voiceprint/checks.ts';
import type { Waveform } from '../voiceprint/drawn.ts';
import { secondsOf } from '../voiceprint/one-voice.ts';
import type { Recording } from '../voiceprint/recording.ts';
import { isByName, type Listening, namedIn } from './feed-session.ts';

/** How a message calls a recording that came without a name. */
const NAMELESS = 'recording.wav';
/** Bytes of a recording that came with the request which are handed on at a time. */
const PIECE_BYTES = 1024 * 1024;

export interface Examined {
  query: URLSearchParams;
  contentType: string | undefined;
  body: Uint8Array;
}

/** @throws ValidationException for what is malformed, said twice, or no parameter. */
function channelIn(query: URLSearchParams): number {
  const names = [...query.keys()];
  const other = names.find((name) => name !== 'channelId');
  if (other !== undefined)
    throw new ValidationException(`Found the query parameter ${other.slice(0, 40)}, expected channelId.`);
  const [text = '0', ...more] = query.getAll('channelId');
  if (more.length > 0) throw new ValidationException('Found channelId twice, expected it once.');
  if (text !== '0' && text !== '1')
    throw new ValidationException(`Found channelId=${text.slice(0, 20)}, expected 0 or 1.`);
  return Number(text);
}

/** A recording as a whole, handed on as one in S3 would be: no worker is given more of it than it listens to. */
async function* alone(body: Uint8Array, channelId: number): AsyncGenerator<Recording> {
  const part = (from: number, to: number) => body.slice(from, to);
  const read = async (from: number, to: number) => part(from, to);
  yield { uri: NAMELESS, channelId, bytes: part(0, PIECE_BYTES), size: body.length, read };
}

/** @throws ValidationException where the body names none, or the engine may not read for a job. */
async function named(body: Uint8Array, channelId: number, { s3ForRecording }: Listening) {
  const { uri, location } = namedIn(body);
  try {
    return recordings([{ S3Uri: uri, ChannelId: channelId }], await s3ForRecording(location));
  } catch (error) {
    if (error instanceof ManifestError) throw new ValidationException(error.message, { cause: error });
    throw error;
  }
}

const CONTAINER = 'WAV';
const round = (value: number) => Number(value.toFixed(3));
const rounded = (spans: readonly Span[]) => spans.map(({ from, to }) => ({ from: round(from), to: round(to) }));
/** Of a mean square or a square, in dB below full scale; null of silence. */
const decibels = (power: number) => (power === 0 ? null : Number((10 * Math.log10(power)).toFixed(1)));

function peakOf({ pairs }: Waveform): number {
  return pairs.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
}

function waveformOf({ seconds, pairs }: Waveform) {
  const stretches = Array.from({ length: pairs.length / 2 }, (_, i) => [
    round(pairs[2 * i] ?? 0),
    round(pairs[2 * i + 1] ?? 0),
  ]);
  return { seconds: round(seconds), stretches };
}

function qualityOf(heard: HeardRecording, waveform: Waveform, { pool }: EngineDeps) {
  const voices = voicesIn(heard, pool.model.voices);
  return {
    speechLevelDb: decibels(heard.power),
    peakDb: decibels(peakOf(waveform) ** 2),
    fullScaleShare: Number(heard.fullScale.toFixed(4)),
    fullScaleAllowed: CLIPPED,
    missingSeconds: round(heard.missingSeconds),
    secondVoice:
      voices === undefined
        ? null
        : voices.groups.map((group) => ({
            seconds: round(secondsOf(group)),
            speech: rounded(group.flatMap(({ places }) => places).sort((a, b) => a.from - b.from)),
          })),
  };
}

/**
 * `POST /_recordings?channelId`: one recording as enrolling hears it, and what enrolling would say of it, by the code that
 * enrolls. Nothing of it is kept.
 */
export async function examineRecording(
  { query, contentType, body }: Examined,
  deps: EngineDeps & Listening,
): Promise<object> {
  const channelId = channelIn(query);
  const given = isByName(contentType) ? await named(body, channelId, deps) : alone(body, channelId);
  const { refusal, heard, waveform } = await deps.pool.examine(given, ENROLLMENT);
  const said = {
    channelId,
    neededSpeechSeconds: ENROLLMENT.minimumNetSpeechSeconds,
    refusal: refusal === undefined ? null : { kind: refusal.name, message: refusal.message },
  };
  if (heard === undefined || waveform === undefined) {
    return { ...said, format: null, waveform: null, listenedTo: [], speech: [], netSpeechSeconds: 0, quality: null };
  }
  const { coding, channels, sampleRate } = heard.layout.format;
  return {
    ...said,
    format: { container: CONTAINER, coding, bits: BITS[coding], sampleRate, channels, seconds: round(heard.seconds) },
    waveform: waveformOf(waveform),
    listenedTo: rounded(heard.listenedTo),
    speech: rounded(heard.speech),
    netSpeechSeconds: round(heard.netSpeechSeconds),
    quality: qualityOf(heard, waveform, deps),
  };
}
