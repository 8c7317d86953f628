import { UnusableRecordingError } from '../audio/errors.ts';
import type { Span } from '../audio/voice-activity.ts';
import { readLayout, SAMPLE_RATE, type WavLayout } from '../audio/wav.ts';
import type { HeardRecording } from './checks.ts';
import type { Recording } from './recording.ts';
import type { PlacedStretch } from './stretches.ts';
import type { Listened, ListenTask } from './worker.ts';

/** Bytes that a header is looked for in: some recorders put a picture or a log before the audio. */
const HEADER_BYTES = 4 * 1024 * 1024;
/** Bytes and seconds of one piece of a recording, the larger of both: what is read at a time. */
const PIECE_BYTES = 1024 * 1024;
const PIECE_SECONDS = 20;
/** Seconds of audio in a sample of what the voiceprint does not need, and how much speech of it is listened to. */
const SAMPLE_SECONDS = 10;
const SAMPLE_SPEECH = 6;

type Run = (task: Omit<ListenTask, 'modelDirectory'>) => Promise<Listened>;

const sizeOf = ({ size, bytes }: Recording) => size ?? bytes.length;

/** The sum of two lengths of speech, as whole samples: halves of 30 s are 30 s, not 29.999999999999996, which is refused. */
export const sumOfSeconds = (one: number, other: number): number =>
  Math.round((one + other) * SAMPLE_RATE) / SAMPLE_RATE;

export async function bytesOf(recording: Recording, from: number, to: number): Promise<Uint8Array> {
  const { bytes, read } = recording;
  if (to <= bytes.length) return bytes.subarray(from, to);
  if (read === undefined) throw new RangeError(`Bytes ${from} to ${to} of ${recording.uri} can't be read.`);
  return read(from, to);
}

/** Reads on until the audio begins. @throws UnusableRecordingError */
async function layoutOf(recording: Recording): Promise<WavLayout> {
  const { channelId, uri } = recording;
  const size = sizeOf(recording);
  const layout = readLayout(recording.bytes, size, channelId, uri);
  if (layout !== undefined) return layout;
  const most = Math.min(size, HEADER_BYTES);
  const longer = readLayout(await bytesOf(recording, 0, most), size, channelId, uri);
  if (longer !== undefined) return longer;
  throw new UnusableRecordingError(
    `The recording ${uri} can't be used: found no audio in its first ${most} bytes, expected a data chunk there.`,
  );
}

/** Where samples of the rest are taken: halfway through it, and at its end. Of a short rest, nowhere. */
function samplesOf(from: number, to: number, length: number): number[] {
  if (to - from < 2 * length) return [];
  return [from + (to - from - length) / 2, to - length];
}

/**
 * Listens to a recording piece by piece until there is enough speech; no more of it is read, but for samples of the rest
 * of a recording in one channel, where somebody else may speak.
 * @param enough seconds of speech.
 */
export async function listen(recording: Recording, enough: number, run: Run): Promise<HeardRecording> {
  const { channelId, uri } = recording;
  const layout = await layoutOf(recording);
  const { format, data, missingSeconds } = layout;
  const frames = (seconds: number) => Math.round(seconds * format.sampleRate) * format.bytesPerFrame;
  const whole = (bytes: number) => Math.floor(bytes / format.bytesPerFrame) * format.bytesPerFrame;
  const pieceBytes = Math.max(frames(PIECE_SECONDS), whole(PIECE_BYTES));
  let netSpeechSeconds = 0;
  let fullScaleSeconds = 0;
  let energy = 0;
  const stretches: PlacedStretch[] = [];
  const speech: Span[] = [];
  const listenedTo: Span[] = [];
  const secondsTo = (byte: number) => (byte - data.from) / format.bytesPerFrame / format.sampleRate;
  /** @returns up to where it listened. */
  const hear = async (from: number, to: number, atMost: number): Promise<number> => {
    const heard = await run({ frames: await bytesOf(recording, from, to), format, channelId, enough: atMost });
    netSpeechSeconds = sumOfSeconds(netSpeechSeconds, heard.netSpeechSeconds);
    fullScaleSeconds += heard.fullScale * heard.netSpeechSeconds;
    energy += heard.power * heard.netSpeechSeconds;
    const placed = (span: Span) => ({ from: secondsTo(from) + span.from, to: secondsTo(from) + span.to });
    speech.push(...heard.speech.map(placed));
    stretches.push(...heard.stretches.map((stretch) => ({ ...stretch, places: stretch.places.map(placed) })));
    const heardTo = Math.min(to, from + frames(heard.lookedSeconds));
    listenedTo.push({ from: secondsTo(from), to: secondsTo(heardTo) });
    return heardTo;
  };
  let at = data.from;
  let heardTo = at;
  while (at < data.to && netSpeechSeconds < enough) {
    // What is there already is the first piece.
    const there = at + whole(recording.bytes.length - at);
    const to = Math.min(data.to, there > at ? there : at + pieceBytes);
    heardTo = await hear(at, to, enough - netSpeechSeconds);
    at = to;
  }
  if (format.channels === 1) {
    for (const from of samplesOf(heardTo, data.to, frames(SAMPLE_SECONDS))) {
      const start = data.from + whole(from - data.from);
      await hear(start, start + frames(SAMPLE_SECONDS), SAMPLE_SPEECH);
    }
  }
  return {
    uri,
    layout,
    speech,
    listenedTo,
    stretches,
    netSpeechSeconds,
    fullScale: netSpeechSeconds === 0 ? 0 : fullScaleSeconds / netSpeechSeconds,
    power: netSpeechSeconds === 0 ? 0 : energy / netSpeechSeconds,
    seconds: secondsTo(data.to),
    missingSeconds,
  };
}
