import type { WavLayout } from '../audio/wav.ts';
import { bytesOf } from './listen.ts';
import type { OutlineTask } from './outline.ts';
import type { Recording } from './recording.ts';

export interface Waveform {
  /** How much of the recording is drawn, from its beginning. */
  seconds: number;
  /** The least and the greatest sample of each stretch, in [-1, 1], one pair after the other; stretches of one length. */
  pairs: Float32Array;
}

/** More stretches than that no screen tells apart. */
const MOST_STRETCHES = 1000;
/** Bytes that are drawn: 20 minutes of one channel of PCM-16 at 8 kHz. Enrolling never reads that far into speech. */
const MOST_BYTES = 20 * 1024 * 1024;
/** Bytes that are read at a time. */
const PIECE_BYTES = 1024 * 1024;

/** A recording's waveform, read piece by piece. */
export async function drawn(
  recording: Recording,
  { format, data }: WavLayout,
  outline: (task: OutlineTask) => Promise<Float32Array> | Float32Array,
): Promise<Waveform> {
  const { bytesPerFrame, sampleRate } = format;
  const frames = Math.floor(Math.min(data.to - data.from, MOST_BYTES) / bytesPerFrame);
  const framesPerStretch = Math.ceil(frames / MOST_STRETCHES);
  const stretch = framesPerStretch * bytesPerFrame;
  const piece = Math.max(1, Math.floor(PIECE_BYTES / stretch)) * stretch;
  const end = data.from + frames * bytesPerFrame;
  const pairs = new Float32Array(2 * Math.ceil(frames / framesPerStretch));
  let done = 0;
  for (let at = data.from; at < end; at += piece) {
    const bytes = await bytesOf(recording, at, Math.min(end, at + piece));
    const some = await outline({ frames: bytes, format, channelId: recording.channelId, framesPerStretch });
    pairs.set(some, done);
    done += some.length;
  }
  return { seconds: frames / sampleRate, pairs };
}
