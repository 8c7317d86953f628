/**
 * Runs a TypeScript file: `node infra/node-24.js FILE [ARGUMENT]…`, with the Node that `npm ci` installed where this one is
 * older than package.json asks for. Plain JavaScript, because an older Node reads it, too.
 *
 * npm puts `node_modules/.bin` first on a script's PATH. But npm 10, which comes with Node 20 and 22, and the first of
 * npm 11 take the link `node` away from there: other platforms' packages have one of that name, and as they are not
 * installed, "theirs" is tidied away (https://github.com/npm/cli/issues/4362). So the first script sets it again, and
 * those that come after it start with the right Node.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));
const { engines, optionalDependencies } = read('package.json');
const [wanted] = engines.node.match(/\d+/);
const [file, ...args] = process.argv.slice(2);
// Stripped of its types and compiled once, before the first TypeScript is read; threads and processes of ours look there,
// too. Beside the packages, not in a folder that other users of the machine write to.
process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules/.cache/compiled');

if (Number.parseInt(process.versions.node, 10) >= Number(wanted)) {
  process.argv = [process.argv[0], resolve(file), ...args];
  const { enableCompileCache } = await import('node:module');
  enableCompileCache();
  await import(pathToFileURL(resolve(file)).href);
} else {
  const name = Object.keys(optionalDependencies).find((each) => existsSync(join(root, 'node_modules', each)));
  if (name === undefined) {
    process.stderr.write(
      `Found Node ${process.versions.node}, expected ${wanted} or newer, and npm has installed none. Run "npm ci" with this Node: it brings a newer one for most machines. Else install Node ${wanted}.\n`,
    );
    process.exit(1);
  }
  const { spawn, spawnSync } = await import('node:child_process');
  const { constants } = await import('node:os');
  spawnSync(`npm rebuild ${name}`, { cwd: root, shell: true, stdio: ['ignore', 'ignore', 'inherit'] });
  const newer = join(root, 'node_modules', name, read(`node_modules/${name}/package.json`).bin.node);
  // It is the file's to end at a signal. Ctrl-C reaches it by itself.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const child = spawn(newer, [...process.execArgv, file, ...args], { stdio: 'inherit' });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}
