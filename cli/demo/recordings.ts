import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '../errors.ts';
import { callers, recordCall } from './callers.ts';

/** A speaker's calls: file name → WAV file. */
export interface DemoSpeaker {
  speakerId: string;
  recordings: { name: string; bytes: Uint8Array }[];
}

/** Those of the synthetic callers that don't sound like each other. */
const DEMO_CALLERS = [0, 1, 4, 7];

/** Synthetic callers, one call each; `spoken` is told after each. */
export async function syntheticSpeakers(spoken: (done: number, total: number) => void): Promise<DemoSpeaker[]> {
  const speakers: DemoSpeaker[] = [];
  for (const [index, which] of DEMO_CALLERS.entries()) {
    const caller = callers[which];
    if (caller === undefined) continue;
    const bytes = await recordCall(caller, index);
    speakers.push({ speakerId: `caller-${index + 1}`, recordings: [{ name: 'call.wav', bytes }] });
    spoken(index + 1, DEMO_CALLERS.length);
  }
  return speakers;
}

/** A request has at most ten recordings. */
const MOST_RECORDINGS = 10;

/** A folder for each speaker, `.wav` files in it. Folder names become speaker ids, as far as those allow. */
export async function ownSpeakers(directory: string): Promise<DemoSpeaker[]> {
  let entries: string[];
  try {
    entries = (await readdir(directory, { withFileTypes: true }))
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch (cause) {
    throw new CommandError(`${directory} can't be read: ${cause instanceof Error ? cause.message : cause}`);
  }
  const speakers: DemoSpeaker[] = [];
  for (const name of entries.sort()) {
    const files = (await readdir(join(directory, name))).filter((file) => /\.wav$/i.test(file)).sort();
    if (files.length === 0) continue;
    const recordings = await Promise.all(
      files
        .slice(0, MOST_RECORDINGS)
        .map(async (file) => ({ name: file, bytes: await readFile(join(directory, name, file)) })),
    );
    speakers.push({
      speakerId: name.replace(/[^a-zA-Z0-9_-]/g, '-').replace(/^[^a-zA-Z0-9]+/, 'speaker-'),
      recordings,
    });
  }
  if (speakers.length === 0) {
    throw new CommandError(`Found no folder with .wav files in ${directory}, expected one for each speaker.`);
  }
  return speakers;
}
