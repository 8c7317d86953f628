import sherpa from 'sherpa-onnx-node';
import { SAMPLE_RATE } from '../audio/wav.ts';
import { ModelError } from './errors.ts';
import type { SpeakerModel } from './model.ts';
import { cosine, normalized } from './score.ts';

/** How far a proof's cosine may be off: float rounding differs between processors, a wrong front end by far more. */
const PROOF_TOLERANCE = 0.02;

/** Speech in, embedding out; blocks its thread while it computes. */
export class Extractor {
  readonly #extractor;
  readonly #model: SpeakerModel;

  /** @throws ModelError where the model is not what its description says. */
  constructor(model: SpeakerModel) {
    this.#model = model;
    this.#extractor = new sherpa.SpeakerEmbeddingExtractor({ model: model.file, numThreads: 1, debug: false });
    if (this.#extractor.dim !== model.dimension) {
      throw new ModelError(
        `The model ${model.name} gives embeddings of ${this.#extractor.dim}, its description says ${model.dimension}.`,
      );
    }
  }

  /** @param speech [n] in [-1, 1] at 8 kHz, without silence. @returns [dimension], of length 1. */
  embed(speech: Float32Array): Float32Array {
    const stream = this.#extractor.createStream();
    // Another rate than the model's own is resampled natively.
    stream.acceptWaveform({ sampleRate: SAMPLE_RATE, samples: speech });
    stream.inputFinished();
    return normalized(this.#extractor.compute(stream, false));
  }

  /**
   * Compares known signals with what the model made of them when it was described.
   * @throws ModelError where they differ: another front end or a damaged model would be confidently wrong.
   */
  prove(): void {
    for (const { seeds, cosine: known } of this.#model.proof) {
      const [a, b] = seeds.map((seed) => this.embed(proofSignal(seed)));
      const got = a && b ? cosine(a, b) : Number.NaN;
      if (!(Math.abs(got - known) <= PROOF_TOLERANCE)) {
        throw new ModelError(
          `The model ${this.#model.name} failed its proof: signals ${seeds.join(' and ')} gave ${got.toFixed(3)}, expected ${known.toFixed(3)}. Install it again (npm run model), or report your platform.`,
        );
      }
    }
  }
}

/**
 * Three seconds that sound a little like a voice: a pulse train with a drifting pitch through three resonances. The
 * seed decides pitch and resonances; the same seed gives the same samples everywhere.
 */
export function proofSignal(seed: number): Float32Array {
  const samples = new Float32Array(3 * SAMPLE_RATE);
  let state = seed >>> 0;
  // xorshift32 (Marsaglia, 2003)
  const random = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
  for (let i = 0; i < 8; i++) random();
  const pitch = 90 + 120 * random();
  const resonances = [400 + 400 * random(), 1000 + 800 * random(), 2200 + 800 * random()].map((hz) => {
    const radius = Math.exp((-Math.PI * 90) / SAMPLE_RATE);
    return { a1: 2 * radius * Math.cos((2 * Math.PI * hz) / SAMPLE_RATE), a2: -radius * radius, y1: 0, y2: 0 };
  });
  let phase = 0;
  for (let i = 0; i < samples.length; i++) {
    phase += (pitch * (1 + 0.1 * Math.sin((2 * Math.PI * 3 * i) / SAMPLE_RATE))) / SAMPLE_RATE;
    const pulse = phase >= 1 ? 1 : 0;
    phase %= 1;
    const excitation = pulse + 0.02 * (random() - 0.5);
    let sum = 0;
    for (const resonance of resonances) {
      const y = excitation + resonance.a1 * resonance.y1 + resonance.a2 * resonance.y2;
      resonance.y2 = resonance.y1;
      resonance.y1 = y;
      sum += y;
    }
    samples[i] = sum * 0.05;
  }
  return samples;
}
