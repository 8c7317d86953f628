import { execFile } from 'node:child_process';
import { access, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** A folder as `test/console`, whose only package lies in it. */
let folder: string;
const at = (...path: string[]) => join(folder, ...path);

async function write(dependencies: Record<string, string>, locked: Record<string, object>): Promise<void> {
  await writeFile(at('package.json'), JSON.stringify({ name: 'tests', private: true, dependencies }));
  const packages = { '': { name: 'tests', dependencies }, ...locked };
  const lock = { name: 'tests', lockfileVersion: 3, requires: true, packages };
  await writeFile(at('package-lock.json'), JSON.stringify(lock));
}

/** With nothing in npm's cache, and nothing that answers where the registry would. */
const install = () =>
  new Promise<{ code: unknown; said: string }>((done) => {
    const env = {
      ...process.env,
      npm_config_cache: at('cache'),
      npm_config_registry: 'http://127.0.0.1:9',
      npm_config_fetch_retries: '0',
    };
    execFile(process.execPath, [at('install.ts')], { env }, (error, _stdout, stderr) =>
      done({ code: error?.code ?? 0, said: stderr }),
    );
  });

const exists = (...path: string[]) =>
  access(at(...path)).then(
    () => true,
    () => false,
  );

const here = { here: { version: '1.0.0' }, 'node_modules/here': { resolved: 'here', link: true } };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vivavoce-install-'));
  await copyFile(join(import.meta.dirname, 'install.ts'), at('install.ts'));
  await mkdir(at('here'));
  await writeFile(at('here/package.json'), JSON.stringify({ name: 'here', version: '1.0.0' }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('packages are installed where they are missing, left where they are there, and installed anew with a new lock file', async () => {
  await write({ here: 'file:here' }, here);
  expect(await install()).toMatchObject({ code: 0 });
  expect(await exists('node_modules/here/package.json')).toBe(true);

  // What npm would remove.
  await writeFile(at('node_modules/mark'), '');
  expect(await install()).toMatchObject({ code: 0 });
  expect(await exists('node_modules/mark')).toBe(true);

  await write({ too: 'file:here' }, { ...here, 'node_modules/too': { resolved: 'here', link: true } });
  expect(await install()).toMatchObject({ code: 0 });
  expect(await exists('node_modules/too/package.json')).toBe(true);
  expect(await exists('node_modules/mark')).toBe(false);
});

test('an install that fails says what was tried and what to do, and is tried again', async () => {
  await write({ 'axe-core': '4.14.1' }, { 'node_modules/axe-core': { version: '4.14.1' } });
  for (let times = 0; times < 2; times++) {
    const { code, said } = await install();
    expect(code).toBe(1);
    expect(said).toContain(`in ${folder}, Command failed: npm ci`);
    expect(said).toContain('Run "npm ci" in that folder');
  }
});
