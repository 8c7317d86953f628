import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { run } from '../../cli/commands/demo.ts';
import { ownSpeakers } from '../../cli/demo/recordings.ts';
import { CommandError, UsageError } from '../../clients/errors.ts';
import { output } from './run.ts';

let root: string;
let recordings: string;
/** Where the demo keeps what it must not leave. */
let temporary: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'vivavoce-demo-test-'));
  recordings = join(root, 'recordings');
  temporary = join(root, 'tmp');
  await mkdir(temporary);
  for (const [folder, files] of Object.entries({
    'Ann Smith': ['1.wav', '2.wav'],
    'Ann-Smith': Array.from({ length: 25 }, (_, i) => `${String.fromCharCode(97 + i)}.wav`),
    empty: ['notes.txt'],
  })) {
    await mkdir(join(recordings, folder), { recursive: true });
    for (const file of files) await writeFile(join(recordings, folder, file), `${folder}/${file}`);
  }
  await writeFile(join(recordings, 'stray.wav'), '');
});
afterAll(() => rm(root, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

test('own recordings: the last are held back for the call, folders name speakers, what is left out is said', async () => {
  const { speakers, skipped } = await ownSpeakers(recordings);
  expect(speakers.map(({ name, speakerId }) => [name, speakerId])).toEqual([
    ['Ann Smith', 'Ann-Smith'],
    ['Ann-Smith', 'Ann-Smith-2'],
  ]);
  expect(speakers.map((speaker) => speaker.recordings.map(({ name }) => name.charAt(0)).join(''))).toEqual([
    '1',
    'abcdefghij',
  ]);
  expect(speakers.map((speaker) => Buffer.concat(speaker.call).toString())).toEqual([
    'Ann Smith/2.wav',
    [...'klmnopqrst'].map((letter) => `Ann-Smith/${letter}.wav`).join(''),
  ]);
  expect(skipped).toEqual([
    'Ann-Smith: 5 recordings beyond the ten to enroll with and ten for the call',
    'empty: 1 file that is no .wav',
    'stray.wav: not in a folder of a speaker',
  ]);
});

test('a folder that is not there, and a channel that is none, are said; nothing is left', async () => {
  vi.stubEnv('TMPDIR', temporary);
  await expect(run(['--channel', '2'])).rejects.toThrow(UsageError);
  const wrong = run(['--recordings', join(root, 'WRONG')]);
  await expect(wrong).rejects.toThrow(CommandError);
  await expect(wrong).rejects.toThrow(/WRONG can't be read/);
  expect(await readdir(temporary)).toEqual([]);
});

test('nothing of the environment reaches the demo, nothing is left, and speakers are named as their folders', async () => {
  vi.stubEnv('TMPDIR', temporary);
  for (const [name, value] of Object.entries({
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_ENDPOINT_URL_VOICE_ID: 'http://127.0.0.1:9',
    AWS_REGION: 'eu-central-1',
    AWS_USE_FIPS_ENDPOINT: 'true',
    VIVAVOCE_CREDENTIALS: 'production:secret',
    VIVAVOCE_WORKERS: 'abc',
    VOICE_ID_DOMAIN_ID: 'p'.repeat(22),
    RESULTS_BUCKET: 'production',
    EVENT_BUS_NAME: 'production',
    STATE_MACHINE_ARN: 'arn:aws:states:eu-central-1:123456789012:stateMachine:production',
  })) {
    vi.stubEnv(name, value);
  }
  const { code, stdout } = await output(run, '--recordings', recordings);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Ann Smith +400 +The recording s3:\/\/vivavoce-recordings\/Ann-Smith\/1.wav/m);
  expect(stdout).toMatch(/^Ann-Smith +400 /m);
  expect(stdout).toContain('Skipped stray.wav: not in a folder of a speaker.');
  expect(stdout).not.toContain('request-');
  expect(await readdir(temporary)).toEqual([]);
});

/** Until the cloud, with the callers' recordings in it, is there. */
async function running(child: ChildProcess): Promise<void> {
  for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
    if (line.startsWith('Dropped')) return;
  }
}

test.each(['SIGINT', 'SIGKILL'] as const)('%s leaves nothing behind', async (signal) => {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', 'cli/main.ts', 'demo', '--recordings', recordings],
    {
      env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await running(child);
  expect(await readdir(temporary)).toHaveLength(1);
  child.kill(signal);
  const [code] = await once(child, 'exit');
  expect(code).toBe(signal === 'SIGINT' ? 130 : null);
  if (signal === 'SIGINT') expect(await readdir(temporary)).toEqual([]);
  // The janitor's work; it is not waited for longer than a test may take.
  while ((await readdir(temporary)).length > 0) await sleep(50);
});
