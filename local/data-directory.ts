import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
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

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Data directories that this process holds: its own id in a lock may also be that of a process before it. */
const held = new Set<string>();

/** Keeps two clouds off one data directory. A lock whose process is gone is taken over. */
function lock(dataDir: string): () => void {
  const file = join(dataDir, 'lock');
  for (let tries = 0; tries < 2; tries++) {
    try {
      const descriptor = openSync(file, 'wx');
      writeSync(descriptor, String(process.pid));
      closeSync(descriptor);
      held.add(dataDir);
      return () => {
        held.delete(dataDir);
        rmSync(file, { force: true });
      };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const pid = Number(readFileSync(file, 'utf8'));
      const taken = pid === process.pid ? held.has(dataDir) : Number.isInteger(pid) && pid > 0 && isAlive(pid);
      if (taken) {
        throw new StartError(
          `The data directory ${dataDir} is in use by process ${pid}: stop it, or give another --data-dir.`,
        );
      }
      rmSync(file, { force: true });
    }
  }
  throw new StartError(`The data directory ${dataDir} can't be locked.`);
}

function encryptionKey(file: string): string {
  if (!existsSync(file)) writeFileDurably(file, randomBytes(32).toString('hex'));
  return readFileSync(file, 'utf8').trim();
}

/**
 * The directory that keeps everything: callers' recordings, voiceprints and their key. Its owner's alone; one that an
 * earlier version left open to others is closed.
 * @throws StartError where it is in use, or can't be had.
 */
export function openDataDirectory(dataDir: string): Part<DataDirectory> {
  try {
    mkdirSync(dataDir, { recursive: true });
    chmodSync(dataDir, 0o700);
  } catch (error) {
    throw new StartError(
      `The data directory ${dataDir} can't be used (${error instanceof Error ? error.message : error}): give another --data-dir.`,
    );
  }
  const unlock = lock(dataDir);
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
