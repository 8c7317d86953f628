import { DamagedRecordingError, DifferentSpeakersError } from '../audio/errors.ts';
import type { Span } from '../audio/voice-activity.ts';
import type { WavLayout } from '../audio/wav.ts';
import type { VoiceLimits } from './limits.ts';
import { type Split, secondsOf, split } from './one-voice.ts';
import { pooledEmbedding } from './score.ts';
import type { PlacedStretch } from './stretches.ts';

/** A recording, as far as it was listened to. */
export interface HeardRecording {
  uri: string;
  layout: WavLayout;
  /** Where it was listened to, and where speech was found there: seconds, in that order. */
  listenedTo: Span[];
  speech: Span[];
  netSpeechSeconds: number;
  stretches: PlacedStretch[];
  /** Share of the speech's samples that are at the end of the scale. */
  fullScale: number;
  /** Mean square of the speech's samples. */
  power: number;
  /** Of the whole recording, and those that its header promises beyond it. */
  seconds: number;
  missingSeconds: number;
}

/**
 * Share of full-scale samples from which on a recording is clipped: of 255 honest ones, 204 of them over lines that brought
 * them to a level drawn at random, none had more than 0.0013. Cut that hard, a voice's embedding is at a cosine of 0.98 from
 * what it was, 0.93 at worst; at 0.1 of 0.86, 0.79 at worst (13 speakers, 8 s each, CAM++ taught lines half-way).
 */
export const CLIPPED = 0.02;
/** Seconds that a header may promise too many: some writers count themselves, or round up to a block. */
const FORGIVEN_SECONDS = 0.5;
/** Seconds of speech that say whether somebody else speaks. */
export const TELLS_WHO = 5;

/** @throws DamagedRecordingError where a recording was cut off or is clipped. */
export function checkAudio({
  uri,
  seconds,
  missingSeconds,
  fullScale,
}: Pick<HeardRecording, 'uri' | 'seconds' | 'missingSeconds' | 'fullScale'>): void {
  if (missingSeconds > FORGIVEN_SECONDS) {
    throw new DamagedRecordingError(
      `The recording ${uri} was cut off: found ${seconds.toFixed(1)} s of audio, expected the ${(seconds + missingSeconds).toFixed(1)} s that its header promises. Copy it again from where it was recorded.`,
    );
  }
  if (fullScale > CLIPPED) {
    throw new DamagedRecordingError(
      `The recording ${uri} is clipped: found ${(100 * fullScale).toFixed(1)}% of its speech at full scale, expected at most ${100 * CLIPPED}%. Record at a lower level.`,
    );
  }
}

const list = (uris: readonly string[]) =>
  uris.length < 2 ? (uris[0] ?? '') : `${uris.slice(0, -1).join(', ')} and ${uris.at(-1)}`;

/** @returns the voices of a recording in which two people speak, the one with more speech first; else undefined. */
export function voicesIn(
  { stretches }: Pick<HeardRecording, 'stretches'>,
  limits: VoiceLimits | undefined,
): Split<PlacedStretch> | undefined {
  if (limits === undefined) return undefined;
  const found = split(stretches, TELLS_WHO);
  return found !== undefined && found.cosine < limits.oneRecording ? found : undefined;
}

function twoVoices(uri: string, { groups }: Split<PlacedStretch>): DifferentSpeakersError {
  const [more, less] = groups.map((group) => secondsOf(group).toFixed(0));
  return new DifferentSpeakersError(
    `Two people speak in the recording ${uri}: found ${more} s of one voice and ${less} s of another, expected one voice. Request the ChannelId of a recording with a channel for each side, or give a recording of one side.`,
  );
}

/**
 * @param limits of the model; without them nothing is checked.
 * @throws DifferentSpeakersError where two people speak in one recording, or different people in different ones.
 */
export function checkVoices(recordings: readonly HeardRecording[], limits: VoiceLimits | undefined): void {
  if (limits === undefined) return;
  for (const recording of recordings) {
    const found = voicesIn(recording, limits);
    if (found !== undefined) throw twoVoices(recording.uri, found);
  }
  const voices = recordings
    .filter(({ netSpeechSeconds, stretches }) => netSpeechSeconds >= TELLS_WHO && stretches.length > 0)
    .map(({ uri, netSpeechSeconds, stretches }) => ({ uri, netSpeechSeconds, embedding: pooledEmbedding(stretches) }));
  const found = split(voices, TELLS_WHO);
  if (found !== undefined && found.cosine < limits.otherRecordings) {
    const [more, less] = found.groups.map((group) => list(group.map(({ uri }) => uri)));
    throw new DifferentSpeakersError(
      `The recordings ${more} and ${less} sound like different people: found two voices, expected one speaker in all recordings of a request.`,
    );
  }
}
