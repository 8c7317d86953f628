import { createRequire } from 'node:module';
import sherpa from 'sherpa-onnx-node';
import type { Span } from '../engine/audio/voice-activity.ts';
import { SAMPLE_RATE } from '../engine/audio/wav.ts';

/** Hz; Silero's models take no other rate through sherpa-onnx. */
const MODEL_RATE = 16_000;
const RATIO = MODEL_RATE / SAMPLE_RATE;
/** Samples of one look, at the model's rate: 32 ms. */
const WINDOW = 512;
/** Samples kept on either side, as our own detector does. */
const MARGIN = 0.1 * SAMPLE_RATE;

/** Silero's detector through sherpa-onnx: what our own learned from, and is measured against. */
export class Silero {
  readonly #vad = new sherpa.Vad(
    {
      sileroVad: {
        model: createRequire(import.meta.url).resolve('@ricky0123/vad-web/dist/silero_vad_v5.onnx'),
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

  /** @param samples [n] in [-1, 1] at 8 kHz. @returns where somebody speaks, in order. */
  spans(samples: Float32Array): Span[] {
    const wide = new sherpa.LinearResampler(SAMPLE_RATE, MODEL_RATE).resample(samples, true);
    const spans: Span[] = [];
    this.#vad.reset();
    const take = () => {
      while (!this.#vad.isEmpty()) {
        const { start, samples: segment } = this.#vad.front(false);
        this.#vad.pop();
        const begin = Math.floor(start / RATIO);
        const from = Math.max(0, begin - MARGIN, spans.at(-1)?.to ?? 0);
        const to = Math.min(samples.length, begin + Math.floor(segment.length / RATIO) + MARGIN);
        if (to > from) spans.push({ from, to });
      }
    };
    for (let at = 0; at < wide.length; at += WINDOW) {
      this.#vad.acceptWaveform(wide.slice(at, at + WINDOW));
      take();
    }
    this.#vad.flush();
    take();
    return spans;
  }
}
