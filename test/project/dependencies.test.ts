import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const names = z.record(z.string(), z.string()).default({});
const manifestSchema = z.object({
  '//': z.object({ 'why each dependency': names }),
  dependencies: names,
  devDependencies: names,
  optionalDependencies: names,
  overrides: names,
});
const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({
      hasInstallScript: z.boolean().optional(),
      optionalDependencies: names,
      engines: z.object({ node: z.string().optional() }).optional().catch(undefined),
    }),
  ),
});

async function read(folder: string) {
  const manifest = manifestSchema.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  return {
    folder,
    manifest,
    listed: [dependencies, devDependencies, optionalDependencies].flatMap((some) => Object.entries(some)),
    lock: lockSchema.parse(JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8'))),
    npmrc: await readFile(join(folder, '.npmrc'), 'utf8'),
  };
}

const root = await read('.');
const browser = await read('test/console');
/** Those that have an install script work without it: prebuilt binaries lie in the packages themselves. */
const scripted = new Map([[root, ['node_modules/classic-level', 'node_modules/es5-ext', 'node_modules/esbuild']]]);

describe.each([root, browser])('the dependencies of $folder', (of) => {
  const { manifest, listed, lock, npmrc } = of;
  it('each have a reason, and no reason stands without its dependency', () => {
    const reasons = Object.keys(manifest['//']['why each dependency']).sort();
    const wanted = [...listed.map(([name]) => name), ...Object.keys(manifest.overrides)].sort();
    expect(reasons).toEqual(wanted);
  });

  it('are pinned to exact versions', () => {
    expect(listed.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it('run no install script', () => {
    expect(npmrc).toMatch(/^ignore-scripts=true$/m);
    const withScript = Object.entries(lock.packages).filter(([, entry]) => entry.hasInstallScript === true);
    expect(withScript.map(([path]) => path).sort()).toEqual(scripted.get(of) ?? []);
  });

  it('can be installed on every platform they name', () => {
    const missing = Object.entries(lock.packages).flatMap(([path, entry]) =>
      Object.keys(entry.optionalDependencies).filter(
        (name) =>
          lock.packages[`node_modules/${name}`] === undefined &&
          lock.packages[`${path}/node_modules/${name}`] === undefined,
      ),
    );
    expect(missing).toEqual([]);
  });
});

describe('an install of the whole', () => {
  it('brings a second Node only where the machine has an older one', () => {
    const nodes = Object.keys(root.manifest.optionalDependencies).filter((name) => name.startsWith('node-'));
    expect(nodes).toHaveLength(5);
    // Their own package.json does not say so; npm believes the lock, and skips an optional package that its Node is not for.
    // npm forgets it when a version changes: write "engines": { "node": "<24" } again.
    const engines = nodes.map((name) => [name, root.lock.packages[`node_modules/${name}`]?.engines?.node]);
    expect(engines).toEqual(nodes.map((name) => [name, '<24']));
  });

  it('brings no browser: the tests of the console have it', () => {
    const packages = Object.keys(root.lock.packages);
    const brought = browser.listed.filter(([name]) => packages.some((path) => path.endsWith(`node_modules/${name}`)));
    expect(brought).toEqual([]);
  });

  it('brings nothing large in place of which an empty package stands', () => {
    const empty = Object.entries(root.manifest.overrides).map(([name]) => name);
    const whole = Object.entries(root.lock.packages).filter(
      ([path, entry]) =>
        empty.some((name) => path.endsWith(`node_modules/${name}`)) && entry.name !== 'empty-npm-package',
    );
    expect(whole).toEqual([]);
  });
});
