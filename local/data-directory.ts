import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { writeFileDurably } from './files.ts';
import type { Part } from './parts.ts';
import { StartError } from './start-error.ts';

export interface DataDirectory {
  /** The path of what is kept under that name. */
  pathOf(name: string): string;
  /** 32 bytes in hexadecimal that everything the engine stores is encrypted with, made at the first start. */
  encryptionKey: string;
  /** Where `npm run model` installs one; undefined where none is. */
  modelDirectory: string | undefined;
}

/** How long another process may still hold the directory, milliseconds: one that was killed takes its time to die. */
const WAIT_MS = 5_000;
const LOOK_MS = 50;

/**
 * Dead, but not buried: what Linux keeps of a process until its parent has asked for its exit code. While it is dying its
 * first thread looks like that, too, and files are held, and locked, until the last one is gone.
 */
function isZombie(pid: number): boolean {
  const folder = `/proc/${pid}`;
  // `pid (name) state …`, and the name may hold anything.
  return (
    existsSync(folder) &&
    /\) [ZX] [^)]*$/.test(readFileSync(join(folder, 'stat'), 'utf8')) &&
    readdirSync(join(folder, 'task')).length === 1
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Data directories that this process holds: its own id in a lock may also be that of a process before it. */
const held = new Set<string>();

/** @returns undefined where the lock is ours now; otherwise the id of the process that it names. */
function take(file: string): number | undefined {
  try {
    const descriptor = openSync(file, 'wx');
    writeSync(descriptor, String(process.pid));
    closeSync(descriptor);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    return Number(readFileSync(file, 'utf8'));
  }
}

/** Keeps two clouds off one data directory. A lock whose process is gone, or goes while we wait, is taken over. */
async function lock(dataDir: string, log: (line: string) => void): Promise<() => void> {
  const file = join(dataDir, 'lock');
  for (let waited = 0; ; ) {
    const pid = take(file);
    if (pid === undefined) {
      held.add(dataDir);
      return () => {
        held.delete(dataDir);
        rmSync(file, { force: true });
      };
    }
    const ours = pid === process.pid;
    const taken = ours ? held.has(dataDir) : Number.isInteger(pid) && pid > 0 && isAlive(pid);
    if (!taken) rmSync(file, { force: true });
    else if (ours || waited >= WAIT_MS) {
      throw new StartError(
        `The data directory ${dataDir} is in use by process ${pid}: stop it, or give another --data-dir.`,
      );
    } else {
      if (waited === 0) log(`Process ${pid} holds the data directory: waiting for its end.\n`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      waited += LOOK_MS;
    }
  }
}

function encryptionKey(file: string): string {
  if (!existsSync(file)) writeFileDurably(file, randomBytes(32).toString('hex'));
  return readFileSync(file, 'utf8').trim();
}

/**
 * The directory that keeps everything: callers' recordings, voiceprints and their key. Its owner's alone; one that an
 * earlier version left open to others is closed.
 * @param log told where another process has to end first.
 * @throws StartError where it is in use, or can't be had.
 */
export async function openDataDirectory(dataDir: string, log: (line: string) => void): Promise<Part<DataDirectory>> {
  try {
    mkdirSync(dataDir, { recursive: true });
    chmodSync(dataDir, 0o700);
  } catch (error) {
    throw new StartError(
      `The data directory ${dataDir} can't be used (${error instanceof Error ? error.message : error}): give another --data-dir.`,
    );
  }
  const unlock = await lock(dataDir, log);
  const model = join(dataDir, 'model');
  return {
    value: {
      pathOf: (name) => join(dataDir, name),
      encryptionKey: encryptionKey(join(dataDir, 'engine.key')),
      modelDirectory: existsSync(join(model, 'model.json')) ? model : undefined,
    },
    stop: unlock,
  };
}
