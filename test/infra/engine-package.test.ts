import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildEngine } from '../../infra/build-engine.ts';
import { root } from './template.ts';

const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  const built = join(root, 'dist/engine');
  if ((await readdir(built).catch(() => [])).length === 0) await buildEngine(root, process.env);
  // Out of the project's reach: on Lambda there is nothing but the package.
  folder = await mkdtemp(join(tmpdir(), 'vivavoce-engine-package-'));
  await cp(built, folder, { recursive: true });
});
afterAll(() => rm(folder, { recursive: true }));

const environment = {
  AWS_REGION: 'us-east-1',
  CREDENTIALS_SECRET_ARN: 'credentials',
  ENCRYPTION_KEY_SECRET_ARN: 'key',
  EVENT_BUS_NAME: 'bus',
  METRICS_NAMESPACE: 'vivavoce-test',
  JOB_STATE_MACHINE_ARN: 'machine',
  EXTERNAL_ID: '123456789012',
  DATA_ACCESS_ROLE_ARN: 'arn:aws:iam::123456789012:role/data-access',
};

test.each(['api', 'listen', 'prepare-job', 'enroll-speakers', 'merge-job', 'make-domain'])(
  '%s loads by itself',
  async (name) => {
    const script = `const { handler } = await import('./${name}/index.mjs'); console.log(typeof handler); process.exit();`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], {
      cwd: folder,
      env: environment,
    });
    expect(stdout.trim()).toBe('function');
  },
);

test('the one that listens has its worker, its native code and its models', async () => {
  const script = `
    import piscina from './enroll-speakers/node_modules/piscina/dist/main.js';
    const pool = new piscina.Piscina({ filename: process.cwd() + '/enroll-speakers/worker.mjs', maxThreads: 1 });
    const format = { coding: 'PCM', channels: 1, sampleRate: 8000, bytesPerFrame: 2 };
    const task = { frames: new Uint8Array(16000), format, channelId: 0, enough: 30 };
    console.log(JSON.stringify(await pool.run(task)));
    process.exit();`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], {
    cwd: folder,
    env: environment,
  });
  expect(JSON.parse(stdout)).toMatchObject({ netSpeechSeconds: 0, stretches: [] });
});

test('the native code runs on Amazon Linux 2023, which Lambda’s Node 24 is on', async () => {
  // https://docs.aws.amazon.com/linux/al2023/ug/: glibc 2.34, and libstdc++ of GCC 11.
  const newest = { GLIBC: [2, 34], GLIBCXX: [3, 4, 29] };
  const packages = join(folder, 'enroll-speakers/node_modules');
  const [addon = ''] = (await readdir(packages)).filter((name) => name.startsWith('sherpa-onnx-linux-'));
  const libraries = (await readdir(join(packages, addon))).filter((name) => /\.(node|so)$/.test(name));
  expect(libraries.length).toBeGreaterThan(1);
  for (const library of libraries) {
    const text = (await readFile(join(packages, addon, library))).toString('latin1');
    for (const [name, most] of Object.entries(newest)) {
      const asked = [...text.matchAll(new RegExp(`\\0${name}_([0-9.]+)(?=\\0)`, 'g'))].map(([, version = '']) =>
        version.split('.').map(Number),
      );
      for (const version of asked) {
        const place = version.findIndex((part, i) => part !== most[i]);
        expect(
          place < 0 || (version[place] ?? 0) < (most[place] ?? 0),
          `${library}: ${name} ${version.join('.')}`,
        ).toBe(true);
      }
    }
    expect(text, library).toContain('GLIBC_2.');
  }
});
