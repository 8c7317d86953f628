import { readFile } from 'node:fs/promises';
import sherpa from 'sherpa-onnx-node';
import { UnusableRecordingError } from '../../engine/audio/errors.ts';
import type { VoiceActivity } from '../../engine/audio/voice-activity.ts';
import { readWavAt, SAMPLE_RATE } from '../../engine/audio/wav.ts';
import type { Extractor } from '../../engine/voiceprint/extractor.ts';
import type { SpeakerFolder } from './find-speakers.ts';

/** A recording as the engine would take it up. */
export interface Utterance {
  /** Index of its speaker. */
  speaker: number;
  /** Of length 1. */
  embedding: Float32Array;
  netSpeechSeconds: number;
}

export interface Embedded {
  utterances: (Utterance & { file: string })[];
  /** Recordings left out, each with the reason. */
  skipped: string[];
  /** Seconds of recordings, of speech in them, and of processor time that finding and embedding the speech took. */
  seconds: { recorded: number; speech: number; activity: number; embedding: number };
}

/** Shorter speech than this is no trial, seconds. */
const SHORTEST = 1;

function processorSeconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e6;
}

/** Every recording through the engine's own pipeline, on this thread. */
export async function embedSpeakers(
  speakers: readonly SpeakerFolder[],
  deps: { activity: VoiceActivity; extractor: Extractor; progress?: (done: number, all: number) => void },
): Promise<Embedded> {
  const all = speakers.reduce((sum, { files }) => sum + files.length, 0);
  const result: Embedded = {
    utterances: [],
    skipped: [],
    seconds: { recorded: 0, speech: 0, activity: 0, embedding: 0 },
  };
  const { seconds } = result;
  let done = 0;
  for (const [speaker, { files }] of speakers.entries()) {
    for (const file of files) {
      deps.progress?.(done++, all);
      let samples: Float32Array;
      try {
        const read = readWavAt(await readFile(file), 0, file);
        samples =
          read.sampleRate === SAMPLE_RATE
            ? read.samples
            : new sherpa.LinearResampler(read.sampleRate, SAMPLE_RATE).resample(read.samples, true);
      } catch (error) {
        if (!(error instanceof UnusableRecordingError)) throw error;
        result.skipped.push(error.message);
        continue;
      }
      const start = processorSeconds();
      const speech = deps.activity.speech(samples, Number.POSITIVE_INFINITY);
      const found = processorSeconds();
      seconds.recorded += samples.length / SAMPLE_RATE;
      seconds.activity += found - start;
      const netSpeechSeconds = speech.length / SAMPLE_RATE;
      if (netSpeechSeconds < SHORTEST) {
        result.skipped.push(`${file}: ${netSpeechSeconds.toFixed(1)} s of speech, expected at least ${SHORTEST} s`);
        continue;
      }
      const embedding = deps.extractor.embed(speech);
      seconds.embedding += processorSeconds() - found;
      seconds.speech += netSpeechSeconds;
      result.utterances.push({ speaker, embedding, netSpeechSeconds, file });
    }
  }
  deps.progress?.(all, all);
  return result;
}
