import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const names = z.record(z.string(), z.string()).default({});
const manifest = z
  .object({
    '//': z.object({ 'why each dependency': names }),
    dependencies: names,
    devDependencies: names,
    optionalDependencies: names,
    overrides: names,
  })
  .parse(JSON.parse(await readFile('package.json', 'utf8')));
const lock = z
  .object({
    packages: z.record(
      z.string(),
      z.looseObject({
        hasInstallScript: z.boolean().optional(),
        optionalDependencies: names,
        engines: z.object({ node: z.string().optional() }).optional().catch(undefined),
      }),
    ),
  })
  .parse(JSON.parse(await readFile('package-lock.json', 'utf8')));

const listed = [
  ...Object.entries(manifest.dependencies),
  ...Object.entries(manifest.devDependencies),
  ...Object.entries(manifest.optionalDependencies),
];

describe('dependencies', () => {
  it('each have a reason, and no reason stands without its dependency', () => {
    const reasons = Object.keys(manifest['//']['why each dependency']).sort();
    const wanted = [...listed.map(([name]) => name), ...Object.keys(manifest.overrides)].sort();
    expect(reasons).toEqual(wanted);
  });

  it('are pinned to exact versions', () => {
    expect(listed.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it('run no install script', async () => {
    expect(await readFile('.npmrc', 'utf8')).toMatch(/^ignore-scripts=true$/m);
    // Those that have one work without it: prebuilt binaries lie in the packages themselves.
    const withScript = Object.entries(lock.packages).filter(([, entry]) => entry.hasInstallScript === true);
    expect(withScript.map(([path]) => path).sort()).toEqual([
      'node_modules/classic-level',
      'node_modules/es5-ext',
      'node_modules/esbuild',
    ]);
  });

  it('bring a second Node only where the machine has an older one', () => {
    const nodes = Object.keys(manifest.optionalDependencies).filter((name) => name.startsWith('node-'));
    expect(nodes).toHaveLength(5);
    // Their own package.json does not say so; npm believes the lock, and skips an optional package that its Node is not for.
    // npm forgets it when a version changes: write "engines": { "node": "<24" } again.
    const engines = nodes.map((name) => [name, lock.packages[`node_modules/${name}`]?.engines?.node]);
    expect(engines).toEqual(nodes.map((name) => [name, '<24']));
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
