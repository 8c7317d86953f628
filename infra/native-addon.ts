import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Lambda's names of architectures, and npm's. */
export const architectures = { x86_64: 'x64', arm64: 'arm64' } as const;
export type Architecture = keyof typeof architectures;

/**
 * The folder of sherpa-onnx's addon for Lambda: the installed one, or, where this machine is of another kind, the one
 * that package-lock.json names, fetched from the registry and checked against its hash.
 * @throws Error where it can't be had, or is another.
 */
export async function nativeAddon(root: string, architecture: Architecture): Promise<string> {
  const name = `sherpa-onnx-linux-${architectures[architecture]}`;
  const installed = join(root, 'node_modules', name);
  if (existsSync(join(installed, 'sherpa-onnx.node'))) return installed;

  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const { version, integrity } = lock.packages[`node_modules/${name}`];
  const folder = join(root, 'dist/addons', `${name}-${version}`);
  const unpacked = join(folder, 'package');
  if (existsSync(join(unpacked, 'sherpa-onnx.node'))) return unpacked;
  await mkdir(folder, { recursive: true });
  const { stdout } = await run('npm', ['pack', '--silent', `${name}@${version}`], { cwd: folder });
  const tarball = join(folder, stdout.trim().split('\n').at(-1) ?? '');
  const hash = `sha512-${createHash('sha512')
    .update(await readFile(tarball))
    .digest('base64')}`;
  if (hash !== integrity) throw new Error(`${name}@${version} has the hash ${hash}, expected ${integrity}.`);
  await run('tar', ['-xzf', tarball, '-C', folder]);
  return unpacked;
}
