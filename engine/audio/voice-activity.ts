import { fileURLToPath } from 'node:url';
import sherpa from 'sherpa-onnx-node';
import { SAMPLE_RATE } from './wav.ts';

/** A network that says of each 20 ms of three seconds how likely somebody speaks; training/voice_activity.py made it. */
const DETECTOR = fileURLToPath(new URL('./voice-activity.onnx', import.meta.url));
/** Samples of three seconds: what is looked at at once, two seconds and half a second on either side. */
const WINDOW = 3 * SAMPLE_RATE;
const STEP = 2 * SAMPLE_RATE;
const BEFORE = (WINDOW - STEP) / 2;
/** Samples that one probability is for: 20 ms. */
const LOOK = SAMPLE_RATE / 50;

/** Speech begins at the first of these probabilities, and ends under the second, as Silero's detector has it. */
const BEGINS_AT = 0.5;
const ENDS_UNDER = 0.35;
/** Looks: a pause that ends speech, and the shortest speech, 0.25 s each. */
const PAUSE = 13;
const SHORTEST = 13;
/** Samples kept on either side: a detector cuts into soft beginnings and ends, which tell voices apart. */
const MARGIN = 0.1 * SAMPLE_RATE;
/** No sample louder than this: there is nothing to ask about. */
const SILENT = 2 / 32768;

/** A part of a recording, from the sample `from` up to, not including, `to`. */
export interface Span {
  from: number;
  to: number;
}

export interface Found {
  /** [n] at 8 kHz, the spans one after the other; n / 8000 is the net speech in seconds. */
  speech: Float32Array;
  /** Where it is in the given samples. */
  spans: Span[];
  /** Up to which of the given samples they were looked for: to the end of what was enough, or to the last one. */
  looked: number;
}

const lengthOf = (spans: readonly Span[]) => spans.reduce((sum, { from, to }) => sum + to - from, 0);

/** Finds the parts of a recording in which someone speaks. Not safe to share between threads. */
export class VoiceActivity {
  /** The extractor of sherpa-onnx does filterbank and network in one native call: its embedding are the probabilities. */
  readonly #detector = new sherpa.SpeakerEmbeddingExtractor({ model: DETECTOR, numThreads: 1, debug: false });

  /**
   * @param samples [n] in [-1, 1] at 8 kHz.
   * @param enough seconds of speech, rounded to whole samples, after which the rest is not looked at.
   * @returns the speech alone, 8 kHz, its parts one after the other, and no more than is enough.
   */
  speech(samples: Float32Array, enough: number): Float32Array {
    return this.find(samples, enough).speech;
  }

  /** The same as parts of `samples`, in order. */
  spans(samples: Float32Array, enough: number): Span[] {
    return this.#look(samples, enough).spans;
  }

  /** As `speech`, with where its parts are, and up to where they were looked for. */
  find(samples: Float32Array, enough: number): Found {
    const { spans, looked } = this.#look(samples, enough);
    const speech = new Float32Array(lengthOf(spans));
    let at = 0;
    for (const { from, to } of spans) {
      speech.set(samples.subarray(from, to), at);
      at += to - from;
    }
    return { speech, spans, looked };
  }

  #look(samples: Float32Array, enough: number): { spans: Span[]; looked: number } {
    const most = Math.round(enough * SAMPLE_RATE);
    const speech = new Speech();
    let spans: Span[] = [];
    let looked = 0;
    while (looked < samples.length && lengthOf(spans) < most) {
      const probabilities = this.#probabilities(samples, looked);
      const last = Math.min(STEP, samples.length - looked);
      for (let look = 0; look * LOOK < last; look++) speech.add(probabilities[BEFORE / LOOK + look] ?? 0);
      looked += last;
      spans = withMargins(speech.soFar, looked);
    }
    if (lengthOf(spans) < most) return { spans, looked };
    spans = beginningOf(spans, most);
    return { spans, looked: spans.at(-1)?.to ?? 0 };
  }

  /** @returns one a look, of the window that begins half a second before `at`. */
  #probabilities(samples: Float32Array, at: number): Float32Array {
    const window = new Float32Array(WINDOW);
    const from = Math.max(0, at - BEFORE);
    window.set(samples.subarray(from, at - BEFORE + WINDOW), from - (at - BEFORE));
    if (window.every((sample) => Math.abs(sample) <= SILENT)) return new Float32Array(WINDOW / LOOK);
    const stream = this.#detector.createStream();
    stream.acceptWaveform({ sampleRate: SAMPLE_RATE, samples: window });
    stream.inputFinished();
    return this.#detector.compute(stream, false);
  }
}

/** Probabilities, one look after the other -> where speech is, in looks. */
class Speech {
  readonly #ended: Span[] = [];
  #at = 0;
  #begun: number | undefined;
  /** Up to where there was speech, and how many looks of none came since. */
  #until = 0;
  #quiet = 0;

  /** What was found, with what goes on, as though it ended here. */
  get soFar(): Span[] {
    return [...this.#ended, ...this.#goesOn()];
  }

  add(probability: number): void {
    this.#at++;
    if (probability >= BEGINS_AT) {
      this.#begun ??= this.#at - 1;
      this.#until = this.#at;
      this.#quiet = 0;
    } else if (this.#begun !== undefined) {
      if (probability >= ENDS_UNDER && this.#quiet === 0) this.#until = this.#at;
      else if (++this.#quiet >= PAUSE) this.#end();
    }
  }

  #goesOn(): Span[] {
    return this.#begun !== undefined && this.#until - this.#begun >= SHORTEST
      ? [{ from: this.#begun, to: this.#until }]
      : [];
  }

  #end(): void {
    this.#ended.push(...this.#goesOn());
    this.#begun = undefined;
    this.#quiet = 0;
  }
}

/** In samples, a little wider, and still apart from each other. */
function withMargins(looks: readonly Span[], length: number): Span[] {
  const spans: Span[] = [];
  for (const look of looks) {
    const from = Math.max(look.from * LOOK - MARGIN, spans.at(-1)?.to ?? 0);
    const to = Math.min(look.to * LOOK + MARGIN, length);
    if (to > from) spans.push({ from, to });
  }
  return spans;
}

/** As much of the spans, from the first one on, as makes that many samples. */
function beginningOf(spans: readonly Span[], most: number): Span[] {
  const beginning: Span[] = [];
  let left = most;
  for (const { from, to } of spans) {
    if (left <= 0) break;
    beginning.push({ from, to: Math.min(to, from + left) });
    left -= to - from;
  }
  return beginning;
}
