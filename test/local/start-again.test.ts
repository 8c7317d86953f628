import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startCloud } from '../../local/cloud.ts';
import { openDataDirectory } from '../../local/data-directory.ts';

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'vivavoce-again-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

it('a cloud that was killed with SIGKILL is started again at once, on its directory and its port', async () => {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', 'cli/main.ts', 'start', '--port', '0', '--data-dir', dataDir],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, VIVAVOCE_WORKERS: '1' } },
  );
  const exited = once(child, 'exit');
  let port = 0;
  for await (const line of createInterface(child.stdout)) {
    port = Number(/^ready http:\/\/127\.0\.0\.1:(\d+)$/.exec(line)?.[1] ?? 0);
    if (port !== 0) break;
  }
  child.kill('SIGKILL');
  // Nobody has asked for its exit code yet: it is dying, or a zombie.
  const cloud = await startCloud({ host: '127.0.0.1', port, dataDir, env: { VIVAVOCE_WORKERS: '1' } });
  expect(cloud.origin).toBe(`http://127.0.0.1:${port}`);
  await cloud.stop();
  await exited;
});

/** Its first thread has ended, which makes it look like a zombie; another one holds its files still. */
const HALF_DEAD = `
import ctypes, threading, time
threading.Thread(target=time.sleep, args=(60,)).start()
print('there', flush=True)
ctypes.CDLL(None).pthread_exit(None)`;
const hasPython = spawnSync('python3', ['--version']).status === 0;

it.skipIf(process.platform !== 'linux' || !hasPython)(
  'a directory whose process is dying is waited for until its last thread is gone',
  async () => {
    const directory = await mkdtemp(join(dataDir, 'dying-'));
    const dying = spawn('python3', ['-c', HALF_DEAD], { stdio: ['ignore', 'pipe', 'inherit'] });
    const { pid } = dying;
    const exited = once(dying, 'exit');
    try {
      await once(dying.stdout, 'data');
      await expect.poll(() => readFile(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /);
      await writeFile(join(directory, 'lock'), String(pid));
      const lines: string[] = [];
      const opened = openDataDirectory(directory, (line) => {
        lines.push(line);
        dying.kill('SIGKILL');
      });
      await (await opened).stop?.();
      expect(lines).toEqual([`Process ${pid} holds the data directory: waiting for its end.\n`]);
    } finally {
      dying.kill('SIGKILL');
      await exited;
    }
  },
);

it('a directory that another process goes on to hold is given up, with its id and what to do', async () => {
  const directory = await mkdtemp(join(dataDir, 'held-'));
  await writeFile(join(directory, 'lock'), String(process.ppid));
  vi.useFakeTimers();
  try {
    const lines: string[] = [];
    const refused = expect(openDataDirectory(directory, (line) => lines.push(line))).rejects.toThrow(
      `in use by process ${process.ppid}: stop it, or give another --data-dir`,
    );
    await vi.advanceTimersByTimeAsync(6_000);
    await refused;
    expect(lines).toEqual([`Process ${process.ppid} holds the data directory: waiting for its end.\n`]);
  } finally {
    vi.useRealTimers();
  }
});
