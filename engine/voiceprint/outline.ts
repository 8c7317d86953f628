import { decode, type WavFormat } from '../audio/wav.ts';

/** A piece of a recording to draw. */
export interface OutlineTask {
  /** Whole frames of the WAV file. */
  frames: Uint8Array;
  format: WavFormat;
  channelId: number;
  framesPerStretch: number;
}

/** @returns the least and the greatest sample of each stretch, in [-1, 1], one pair after the other. */
export function outline({ frames, format, channelId, framesPerStretch }: OutlineTask): Float32Array {
  const samples = decode(frames, format, channelId);
  const pairs = new Float32Array(2 * Math.ceil(samples.length / framesPerStretch));
  for (let stretch = 0; 2 * stretch < pairs.length; stretch++) {
    let [least, greatest] = [1, -1];
    for (const sample of samples.subarray(stretch * framesPerStretch, (stretch + 1) * framesPerStretch)) {
      if (sample < least) least = sample;
      if (sample > greatest) greatest = sample;
    }
    pairs[2 * stretch] = least;
    pairs[2 * stretch + 1] = greatest;
  }
  return pairs;
}
