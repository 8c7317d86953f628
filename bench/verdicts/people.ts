import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readWav, SAMPLE_RATE } from '../../engine/audio/wav.ts';
import { wavOf } from '../../engine/audio/wav-writer.ts';

/** Somebody's recordings, cut into what is enrolled and what is called with. */
export interface Person {
  name: string;
  /** WAV files, at most ten. */
  enrollment: Uint8Array[];
  /** WAV files of the same length each. */
  calls: Uint8Array[];
}

export interface Cut {
  enrollmentSeconds: number;
  callSeconds: number;
  /** At most. */
  calls: number;
}

/** A request has at most ten recordings. */
const MOST_RECORDINGS = 10;

const pcm = (samples: Float32Array): Uint8Array =>
  new Uint8Array(Int16Array.from(samples, (sample) => Math.round(sample * 32768)).buffer);
const secondsOf = (bytes: Uint8Array) => bytes.length / 2 / SAMPLE_RATE;

/** Recordings joined in their order, ten at most. */
function joined(recordings: readonly Uint8Array[]): Uint8Array[] {
  const each = Math.ceil(recordings.length / MOST_RECORDINGS);
  return Array.from({ length: Math.ceil(recordings.length / each) }, (_, i) =>
    wavOf(recordings.slice(i * each, (i + 1) * each)),
  );
}

/** The first recordings are enrolled, the others become calls; undefined where there are too few of them. */
function cut(name: string, recordings: readonly Uint8Array[], { enrollmentSeconds, callSeconds, calls }: Cut) {
  const left = recordings.values();
  const enrollment: Uint8Array[] = [];
  let enrolled = 0;
  while (enrolled < enrollmentSeconds) {
    const { value } = left.next();
    if (value === undefined) return undefined;
    enrollment.push(value);
    enrolled += secondsOf(value);
  }
  const person: Person = { name, enrollment: joined(enrollment), calls: [] };
  let call: Uint8Array[] = [];
  for (const recording of left) {
    call.push(recording);
    const bytes = Buffer.concat(call);
    if (secondsOf(bytes) < callSeconds) continue;
    person.calls.push(wavOf([bytes.subarray(0, callSeconds * SAMPLE_RATE * 2)]));
    call = [];
    if (person.calls.length >= calls) break;
  }
  return person.calls.length === 0 ? undefined : person;
}

/** The people of a set: a folder each of 8 kHz WAV files. Those with too little speech are left out, and counted. */
export async function readPeople(directory: string, how: Cut): Promise<{ people: Person[]; leftOut: number }> {
  const people: Person[] = [];
  let leftOut = 0;
  const entries = await readdir(directory, { withFileTypes: true });
  for (const { name } of entries.filter((entry) => entry.isDirectory()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const files = (await readdir(join(directory, name), { recursive: true })).filter((file) => /\.wav$/i.test(file));
    const recordings: Uint8Array[] = [];
    for (const file of files.sort()) {
      recordings.push(pcm(readWav(await readFile(join(directory, name, file)), 0, join(name, file))));
    }
    const person = cut(name, recordings, how);
    if (person === undefined) leftOut++;
    else people.push(person);
  }
  return { people, leftOut };
}
