import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Workplace {
  directory: string;
  remove(): Promise<void>;
}

/**
 * A temporary directory of the owner's alone that is gone when this process is: removed at its end, and by a janitor where
 * the process is killed. Callers' recordings, their voiceprints and the key are in it.
 */
export async function openWorkplace(): Promise<Workplace> {
  const directory = await mkdtemp(join(tmpdir(), 'vivavoce-demo-'));
  const script = fileURLToPath(new URL('./janitor.ts', import.meta.url));
  const janitor = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, directory], {
    // A group of its own: Ctrl-C is for the demo.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
  });
  await once(janitor, 'spawn');
  janitor.unref();
  return {
    directory,
    async remove() {
      await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
      janitor.stdin.end();
    },
  };
}
