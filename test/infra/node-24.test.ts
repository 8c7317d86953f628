import { type ChildProcess, spawn } from 'node:child_process';
import { access, chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** A clone, whose scripts ask for a Node newer than the one that runs them, or not. */
let clone: string;
const at = (path: string) => join(clone, path);
const ask = (node: string) =>
  writeFile(
    at('package.json'),
    JSON.stringify({
      type: 'module',
      engines: { node },
      optionalDependencies: { 'node-there': '1.0.0', 'node-here': '1.0.0' },
    }),
  );

function start(...args: string[]): ChildProcess & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream } {
  return spawn(process.execPath, ['--no-deprecation', 'infra/node-24.js', ...args], {
    cwd: clone,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function run(...args: string[]): Promise<{ code: number | null; said: string; erred: string }> {
  const child = start(...args);
  const ended = new Promise<number | null>((done) => child.on('exit', done));
  const [said, erred, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, said, erred };
}

/** What npm installed for this machine: it says what it was started with, and waits for a signal if it shall. */
const NEWER = `#!/bin/sh
trap 'exit 9' TERM
echo "newer: $@"
[ "$3" = wait ] || exit 7
while :; do sleep 0.05; done
`;

beforeAll(async () => {
  clone = await mkdtemp(join(tmpdir(), 'vivavoce-node-'));
  await mkdir(at('infra'));
  await copyFile(new URL('../../infra/node-24.js', import.meta.url), at('infra/node-24.js'));
  await writeFile(at('main.ts'), 'const said: string[] = process.argv;\nconsole.log(JSON.stringify(said.slice(1)));\n');
  await mkdir(at('node_modules/node-here/bin'), { recursive: true });
  await writeFile(
    at('node_modules/node-here/package.json'),
    JSON.stringify({ name: 'node-here', version: '1.0.0', bin: { node: 'bin/node' } }),
  );
  await writeFile(at('node_modules/node-here/bin/node'), NEWER);
  await chmod(at('node_modules/node-here/bin/node'), 0o755);
});
afterAll(() => rm(clone, { recursive: true, force: true }));

test('a Node that is new enough runs the file itself', async () => {
  await ask('>=24');
  expect(await run('main.ts', 'one', '--two')).toEqual({
    code: 0,
    said: `${JSON.stringify([at('main.ts'), 'one', '--two'])}\n`,
    erred: '',
  });
});

test('an older one leaves it to the one that npm installed, and sets its link again', async () => {
  await ask('>=999');
  expect(await run('main.ts', 'one', '--two')).toEqual({
    code: 7,
    said: 'newer: --no-deprecation main.ts one --two\n',
    erred: '',
  });
  await access(at('node_modules/.bin/node'));
});

test('it hands a signal on, and ends when the file does', async () => {
  await ask('>=999');
  const child = start('main.ts', 'wait');
  const ended = new Promise((done) => child.on('exit', (code, signal) => done(code ?? signal)));
  await new Promise((done) => child.stdout.once('data', done));
  child.kill('SIGTERM');
  expect(await ended).toBe(9);
});

test('where npm installed none it says what was found and what to do', async () => {
  await ask('>=999');
  await rm(at('node_modules'), { recursive: true });
  const { code, erred } = await run('main.ts');
  expect(code).toBe(1);
  expect(erred).toContain(`Found Node ${process.versions.node}, expected 999 or newer`);
  expect(erred).toContain('Run "npm ci" with this Node');
});
