import { ofMuLaw, toMuLaw } from '../audio/mu-law.ts';
import type { Span } from '../audio/voice-activity.ts';
import { SAMPLE_RATE } from '../audio/wav.ts';

/** Some seconds of what was said, and whose voice it is. */
export interface Stretch {
  /** [dimension], of length 1. */
  embedding: Float32Array;
  netSpeechSeconds: number;
  /** When it was on the line, epoch milliseconds. */
  startedAt: number;
  endedAt: number;
}

/**
 * What is kept of a call between two chunks: whose voice the latest speech is, and the seconds of audio that can't be
 * judged yet. Small enough to be read and written with every chunk.
 */
export interface Line {
  /** The model that made the stretches. */
  modelId: string;
  /** Oldest first; no more than `MOST_SECONDS` of speech. */
  stretches: Stretch[];
  /** Stretches so far, those that are not kept any more included: it tells whether there is new speech. */
  made: number;
  /** Samples so far. */
  heard: number;
  /** Samples of which it is known whether they are speech. */
  decided: number;
  /** The latest samples, mu-law: those that are not decided, and a little of before, for the detector to get used to. */
  carried: Uint8Array;
  /** Speech that is no whole stretch yet, mu-law, and the sample that it begins with. */
  open: Uint8Array;
  openFrom: number;
  /** When which sample was on the line; the newest last. */
  marks: { sample: number; at: number }[];
}

/** Net speech of a stretch, seconds. docs/decisions/0010 has what others measure. */
export const STRETCH_SECONDS = 2.5;
/** Net speech that is kept, seconds: as much as a session may ask for. */
export const MOST_SECONDS = 30;

const STRETCH = STRETCH_SECONDS * SAMPLE_RATE;
const MOST_STRETCHES = Math.ceil(MOST_SECONDS / STRETCH_SECONDS);
/**
 * Samples behind which the detector's word is final: a pause is one after 0.25 s, speech is some after 0.25 s, and a
 * margin of 0.1 s is added.
 */
const UNDECIDED = 0.6 * SAMPLE_RATE;
/** Samples of before that the detector hears again, to be in the state that it was in. */
const WARM_UP = SAMPLE_RATE;
/** Fewer new samples than these wait for the next chunk: looking costs the same for a little as for a second. */
const WORTH_A_LOOK = SAMPLE_RATE;

export const newLine = (modelId: string): Line => ({
  modelId,
  stretches: [],
  made: 0,
  heard: 0,
  decided: 0,
  carried: new Uint8Array(),
  open: new Uint8Array(),
  openFrom: 0,
  marks: [],
});

/** What computes. */
export interface Hearing {
  /** The parts of `samples` ([n] in [-1, 1], 8 kHz) in which somebody speaks. */
  spans(samples: Float32Array): Span[];
  /** Whose voice it is: [dimension], of length 1. */
  embed(speech: Float32Array): Float32Array;
}

const floats = (bytes: Uint8Array) => Float32Array.from(bytes, ofMuLaw);

/** Mu-law of samples in [-1, 1]. What came as mu-law is the same bytes again. */
export const muLawOf = (samples: Float32Array): Uint8Array => Uint8Array.from(samples, toMuLaw);

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}

/** The time of a sample: between two marks as far as it is between their samples. */
function timeOf(sample: number, marks: Line['marks']): number {
  const after = marks.findIndex((mark) => mark.sample >= sample);
  const [one, other] = [marks[Math.max(0, after - 1)], marks[after < 0 ? marks.length - 1 : after]];
  if (one === undefined || other === undefined) return 0;
  const share = other.sample === one.sample ? 0 : (sample - one.sample) / (other.sample - one.sample);
  return Math.round(one.at + share * (other.at - one.at));
}

/** The line with a chunk's samples and times on it, nothing looked at yet. */
function lengthened(line: Line, chunk: Uint8Array, now: number): Line {
  if (chunk.length === 0) return line;
  const before = line.marks.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
  // Sent as it is spoken a chunk ends now; sent faster, it took the time since the one before.
  const startedAt = Math.min(now, Math.max(before, now - (1000 * chunk.length) / SAMPLE_RATE));
  const heard = line.heard + chunk.length;
  return {
    ...line,
    heard,
    carried: joined(line.carried, chunk),
    marks: [...line.marks, { sample: line.heard, at: startedAt }, { sample: heard, at: Math.max(now, startedAt) }],
  };
}

/**
 * Listens to a chunk: speech and voices, over the chunks' borders as if there were none. However a call is cut, the
 * samples that are judged are the same.
 * @param chunk mu-law, 8 kHz, one channel.
 * @param now when it came, epoch milliseconds: the time of its last sample.
 * @param last whether no more audio comes: then what there is, is decided, and no audio is kept.
 */
export function hear(before: Line, chunk: Uint8Array, now: number, last: boolean, hearing: Hearing): Line {
  const line = lengthened(before, chunk, now);
  if (!last && line.heard - line.decided < WORTH_A_LOOK + UNDECIDED) return line;

  const begin = line.heard - line.carried.length;
  const decided = last ? line.heard : line.heard - UNDECIDED;
  const speech: { from: number; to: number }[] = [];
  for (const { from, to } of hearing.spans(floats(line.carried))) {
    const span = { from: Math.max(line.decided, begin + from), to: Math.min(decided, begin + to) };
    if (span.to > span.from) speech.push(span);
  }

  let { open, openFrom } = line;
  const whole: { speech: Uint8Array; from: number; to: number }[] = [];
  for (const span of speech) {
    for (let at = span.from; at < span.to; ) {
      const to = Math.min(span.to, at + STRETCH - open.length);
      if (open.length === 0) openFrom = at;
      open = joined(open, line.carried.subarray(at - begin, to - begin));
      at = to;
      if (open.length < STRETCH) continue;
      whole.push({ speech: open, from: openFrom, to });
      open = new Uint8Array();
    }
  }
  // What would be forgotten at once is not embedded.
  const stretches = whole.slice(-MOST_STRETCHES).map(({ speech: bytes, from, to }) => ({
    embedding: hearing.embed(floats(bytes)),
    netSpeechSeconds: bytes.length / SAMPLE_RATE,
    startedAt: timeOf(from, line.marks),
    endedAt: timeOf(to, line.marks),
  }));

  const keptFrom = Math.max(begin, decided - WARM_UP);
  const needed = open.length > 0 ? Math.min(openFrom, keptFrom) : keptFrom;
  return {
    ...line,
    stretches: [...line.stretches, ...stretches].slice(-MOST_STRETCHES),
    made: line.made + whole.length,
    decided,
    carried: last ? new Uint8Array() : line.carried.slice(keptFrom - begin),
    open: last ? new Uint8Array() : open,
    openFrom,
    marks: line.marks.filter(({ sample }, i, all) => sample >= needed || (all[i + 1]?.sample ?? 0) > needed).slice(-64),
  };
}
