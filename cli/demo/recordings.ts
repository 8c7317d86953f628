import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { CommandError } from '../../clients/errors.ts';
import type { RecordTask } from './caller-worker.ts';
import { callers } from './callers.ts';

/** A speaker of the demo. WAV files all. */
export interface DemoSpeaker {
  /** As it is shown: the folder's name. */
  name: string;
  speakerId: string;
  /** What the speaker is enrolled with: file name and content. */
  recordings: { name: string; bytes: Uint8Array }[];
  /** What the speaker says on the line: held back from the enrollment where there is enough. */
  call: Uint8Array[];
}

export interface DemoSpeakers {
  speakers: DemoSpeaker[];
  /** What was left out, and why. */
  skipped: string[];
}

/** Those of the synthetic callers that don't sound like each other. */
const DEMO_CALLERS = [0, 1, 4, 7];

/** Synthetic callers, one call each; `spoken` is told after each. @param scratch where the synthesizer may write. */
export async function syntheticSpeakers(
  scratch: string,
  spoken: (done: number, total: number) => void,
): Promise<DemoSpeakers> {
  const threads = new Piscina<RecordTask, Uint8Array>({
    filename: new URL('./caller-worker.ts', import.meta.url).href,
    maxThreads: Math.min(DEMO_CALLERS.length, availableParallelism()),
  });
  let done = 0;
  try {
    const speakers = await Promise.all(
      DEMO_CALLERS.map(async (which, index): Promise<DemoSpeaker[]> => {
        const caller = callers[which];
        if (caller === undefined) return [];
        const record = (first: number, count: number) => threads.run({ caller, first, count, scratch });
        // The first is the one who calls: with other sentences than those of the enrollment.
        const calls = [record(index, 7), ...(index === 0 ? [record(4, 4)] : [])];
        const [bytes = new Uint8Array(), call = bytes] = await Promise.all(calls);
        spoken(++done, DEMO_CALLERS.length);
        const name = `caller-${index + 1}`;
        return [{ name, speakerId: name, recordings: [{ name: 'call.wav', bytes }], call: [call] }];
      }),
    );
    return { speakers: speakers.flat(), skipped: [] };
  } finally {
    await threads.destroy();
  }
}

/** A request has at most ten recordings. */
const MOST_RECORDINGS = 10;

/** A folder's name as far as speaker ids allow, and unlike those that are taken. */
function speakerIdOf(name: string, taken: ReadonlySet<string>): string {
  const id = name
    .replace(/[^a-zA-Z0-9_-]/g, '-')
    .replace(/^[^a-zA-Z0-9]+/, 'speaker-')
    .slice(0, 240);
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? id : `${id}-${count}`;
    if (!taken.has(candidate)) return candidate;
  }
}

const why = (error: unknown) => (error instanceof Error ? error.message : String(error));

/**
 * A folder for each speaker, `.wav` files in it. Ten are enrolled with, those after them are what the speaker says on the
 * line; of fewer the last is, and of a single one that one.
 * @throws CommandError where there are none.
 */
export async function ownSpeakers(directory: string): Promise<DemoSpeakers> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((cause: unknown) => {
    throw new CommandError(`Found no recordings: ${directory} can't be read (${why(cause)}).`);
  });
  const skipped: string[] = [];
  const speakers: DemoSpeaker[] = [];
  const ids = new Set<string>();
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const { name } = entry;
    if (!entry.isDirectory()) {
      skipped.push(`${name}: not in a folder of a speaker`);
      continue;
    }
    const all = (await readdir(join(directory, name))).toSorted();
    const files = all.filter((file) => /\.wav$/i.test(file));
    const others = all.length - files.length;
    if (others > 0) skipped.push(`${name}: ${others} ${others === 1 ? 'file that is' : 'files that are'} no .wav`);
    if (files.length === 0) continue;
    const read = (file: string) => readFile(join(directory, name, file));
    const enrolled = files.slice(0, files.length === 1 ? 1 : Math.min(MOST_RECORDINGS, files.length - 1));
    const held = files.slice(enrolled.length, enrolled.length + MOST_RECORDINGS);
    const unused = files.length - enrolled.length - held.length;
    if (unused > 0) skipped.push(`${name}: ${unused} recordings beyond the ten to enroll with and ten for the call`);
    const speakerId = speakerIdOf(name, ids);
    ids.add(speakerId);
    speakers.push({
      name,
      speakerId,
      recordings: await Promise.all(enrolled.map(async (file) => ({ name: file, bytes: await read(file) }))),
      call: await Promise.all((held.length > 0 ? held : enrolled).map(read)),
    });
  }
  if (speakers.length === 0) {
    throw new CommandError(`Found no folder with .wav files in ${directory}, expected one for each speaker.`);
  }
  return { speakers, skipped };
}
