import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListDomainsCommand, VoiceIDClient } from '@aws-sdk/client-voice-id';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { STARTER_DIRECTORY } from '../../engine/voiceprint/model.ts';
import { ACCESS_KEY, clientOf, RECORDINGS } from '../../local/account.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'vivavoce-start-'));
});
afterAll(() => rm(root, { recursive: true }));

/** In a process group of its own. */
const start = (dataDir: string, env: NodeJS.ProcessEnv = {}): ChildProcess =>
  spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', 'cli/main.ts', 'start', '--port', '0', '--data-dir', dataDir],
    {
      env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env },
      detached: true,
    },
  );

test.skipIf(process.platform === 'win32')(
  'everything that it keeps is its owner’s alone, also where it was not',
  async () => {
    const dataDir = join(root, 'data');
    await mkdir(dataDir);
    await chmod(dataDir, 0o755);
    const child = start(dataDir);
    for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
      const [, origin = ''] = /^ready (http:.*)$/.exec(line) ?? [];
      if (origin === '') continue;
      const s3 = new S3Client({ ...clientOf(origin, ACCESS_KEY), forcePathStyle: true });
      await s3.send(new PutObjectCommand({ Bucket: RECORDINGS, Key: 'caller/call.wav', Body: 'a voice' }));
      break;
    }
    const modes = new Map<string, number>([['.', (await stat(dataDir)).mode & 0o777]]);
    for (const name of await readdir(dataDir, { recursive: true }))
      modes.set(name, (await stat(join(dataDir, name))).mode & 0o077);
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect(modes.get('.')).toBe(0o700);
    modes.delete('.');
    expect(modes.size).toBeGreaterThan(10);
    expect([...modes].filter(([, mode]) => mode !== 0)).toEqual([]);
  },
);

test.each([
  ['VIVAVOCE_WORKERS', 'abc', 'VIVAVOCE_WORKERS is malformed: expected a whole number'],
  ['POLL_MIN_SECONDS', '1s', 'POLL_MIN_SECONDS is malformed: expected a whole number of seconds'],
])('%s=%s is an error of one sentence, and nothing is served', async (name, value, message) => {
  const child = start(join(root, 'wrong'), { [name]: value });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout ?? process.stdin),
    text(child.stderr ?? process.stdin),
    once(child, 'exit'),
  ]);
  expect(stderr).toContain(message);
  expect(stderr.trim()).not.toContain('\n');
  expect(stdout).not.toContain('ready');
  expect(code).toBe(1);
});

test('a damaged model is an error that says what to do, and nothing is served', async () => {
  const dataDir = join(root, 'damaged');
  const model = join(dataDir, 'model');
  await cp(STARTER_DIRECTORY, model, { recursive: true });
  await truncate(join(model, 'model.onnx'), 1_000_000);
  const child = start(dataDir);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout ?? process.stdin),
    text(child.stderr ?? process.stdin),
    once(child, 'exit'),
  ]);
  expect(stderr).toMatch(/model\.onnx has the SHA-256 \w+, expected \w+\. Install it again: npm run model\n$/);
  expect(stdout).not.toContain('ready');
  expect(code).toBe(1);
});

test.skipIf(process.platform === 'win32').each([0, 200, 400, 600])(
  'Ctrl-C, which reaches esbuild too, ends it %i ms after it is ready',
  async (afterMs) => {
    const child = start(join(root, `interrupted-${afterMs}`));
    const stderr = text(child.stderr ?? process.stdin);
    for await (const line of createInterface({ input: child.stdout ?? process.stdin })) if (/^ready/.test(line)) break;
    await sleep(afterMs);
    process.kill(-(child.pid ?? 0), 'SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await stderr).toBe('');
  },
);

test('at SIGTERM it says that it takes no more work, and answers the calls under way', async () => {
  const child = start(join(root, 'drained'));
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  let origin = '';
  for await (const line of lines) {
    origin = /^ready (http:.*)$/.exec(line)?.[1] ?? '';
    if (origin !== '') break;
  }
  try {
    const ready = async () => (await fetch(`${origin}/_ready`)).status;
    expect(await ready()).toBe(200);
    const { port } = new URL(origin);
    const head = `PUT /${RECORDINGS}/half.wav HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 10\r\nConnection: close\r\n\r\n`;
    const half = connect(Number(port), '127.0.0.1');
    half.write(`${head}first`);
    await once(half, 'connect');
    // Asked over another connection, it is answered after the half above has come.
    const voiceId = new VoiceIDClient(clientOf(origin, ACCESS_KEY));
    await voiceId.send(new ListDomainsCommand({}));

    child.kill('SIGTERM');
    while ((await ready()) !== 503) await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await fetch(`${origin}/_health`)).status).toBe(200);
    // What still comes while it drains is answered, too.
    const { DomainSummaries } = await voiceId.send(new ListDomainsCommand({}));
    expect(DomainSummaries).toHaveLength(1);
    const exited = once(child, 'exit');
    half.write('other');
    expect(await text(half)).toMatch(/^HTTP\/1.1 200 OK/);
    expect(await exited).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
  }
});
