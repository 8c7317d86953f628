import { createRequire } from 'node:module';
import sherpa from 'sherpa-onnx-node';
import { SAMPLE_RATE } from './wav.ts';

/** Hz; Silero's models take no other rate through sherpa-onnx. */
const MODEL_RATE = 16_000;
/** Samples of one look, at the model's rate: 32 ms. */
const WINDOW = 512;
/** Seconds handed over at a time: how far past enough speech it may read. */
const STEP_SECONDS = 2;
/**
 * Seconds kept on either side of what the detector finds: it cuts into soft beginnings and ends, which tell voices
 * apart (measured on speakers left out of training: equal error rate of pairs 8.4% with, 8.7% without).
 */
const MARGIN_SECONDS = 0.1;

export interface Span {
  from: number;
  to: number;
}

/** Finds the parts of a recording in which someone speaks (Silero VAD). Not safe to share between threads. */
export class VoiceActivity {
  readonly #vad;
  readonly #modelFile: string;

  constructor(
    modelFile: string = createRequire(import.meta.url).resolve('@ricky0123/vad-web/dist/silero_vad_v5.onnx'),
  ) {
    this.#modelFile = modelFile;
    this.#vad = new sherpa.Vad(
      {
        sileroVad: {
          model: this.#modelFile,
          threshold: 0.5,
          minSpeechDuration: 0.25,
          minSilenceDuration: 0.25,
          maxSpeechDuration: 20,
          windowSize: WINDOW,
        },
        sampleRate: MODEL_RATE,
        numThreads: 1,
        debug: false,
      },
      60,
    );
  }

  /**
   * @param samples [n] in [-1, 1] at 8 kHz.
   * @param enough seconds of speech after which the rest is not looked at.
   * @returns the speech alone, 8 kHz, its parts one after the other; its length / 8000 is the net speech in seconds.
   */
  speech(samples: Float32Array, enough: number): Float32Array {
    return this.find(samples, enough).speech;
  }

  /** The same as parts of `samples`, in order: from the sample `from` up to, not including, `to`. */
  spans(samples: Float32Array, enough: number): Span[] {
    return this.#look(samples, enough).spans;
  }

  /** As `speech`, with the samples of each of its parts, and how many of the given samples were looked at. */
  find(samples: Float32Array, enough: number): { speech: Float32Array; parts: number[]; looked: number } {
    const { spans, looked } = this.#look(samples, enough);
    const parts = spans.map(({ from, to }) => to - from);
    const speech = new Float32Array(parts.reduce((sum, length) => sum + length, 0));
    let at = 0;
    for (const { from, to } of spans) {
      speech.set(samples.subarray(from, to), at);
      at += to - from;
    }
    return { speech, parts, looked };
  }

  #look(samples: Float32Array, enough: number): { spans: Span[]; looked: number } {
    const ratio = MODEL_RATE / SAMPLE_RATE;
    const resampler = new sherpa.LinearResampler(SAMPLE_RATE, MODEL_RATE);
    const margin = MARGIN_SECONDS * SAMPLE_RATE;
    const spans: Span[] = [];
    let found = 0;
    const take = () => {
      while (!this.#vad.isEmpty()) {
        const { start, samples: segment } = this.#vad.front(false);
        this.#vad.pop();
        const begin = Math.floor(start / ratio);
        const from = Math.max(0, begin - margin, spans.at(-1)?.to ?? 0);
        const to = Math.min(samples.length, begin + Math.floor(segment.length / ratio) + margin);
        if (to <= from) continue;
        spans.push({ from, to });
        found += to - from;
      }
    };
    this.#vad.reset();
    const step = STEP_SECONDS * SAMPLE_RATE;
    let looked = 0;
    while (looked < samples.length && found < enough * SAMPLE_RATE) {
      const last = looked + step >= samples.length;
      const upsampled = resampler.resample(samples.slice(looked, looked + step), last);
      looked = Math.min(samples.length, looked + step);
      for (let window = 0; window < upsampled.length; window += WINDOW) {
        this.#vad.acceptWaveform(upsampled.slice(window, window + WINDOW));
      }
      take();
    }
    this.#vad.flush();
    take();
    return { spans, looked };
  }
}
