import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '../../clients/errors.ts';

/** One person's recordings. */
export interface SpeakerFolder {
  name: string;
  files: readonly string[];
}

/**
 * The speakers of a directory: its folders that hold .wav files, at any depth below, by name.
 * @throws CommandError where there are fewer than two.
 */
export async function findSpeakers(directory: string): Promise<SpeakerFolder[]> {
  let entries: Awaited<ReturnType<typeof folders>>;
  try {
    entries = await folders(directory);
  } catch (cause) {
    throw new CommandError(`${directory} can't be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  const speakers: SpeakerFolder[] = [];
  for (const name of entries) {
    const files = await readdir(join(directory, name), { recursive: true });
    const recordings = files.filter((file) => /\.wav$/i.test(file)).sort();
    if (recordings.length > 0) speakers.push({ name, files: recordings.map((file) => join(directory, name, file)) });
  }
  if (speakers.length < 2) {
    throw new CommandError(
      `Found ${speakers.length} folders with recordings in ${directory}, expected one folder per speaker with .wav files in it, two speakers or more: strangers are what a voice is told from.`,
    );
  }
  return speakers;
}

async function folders(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}
