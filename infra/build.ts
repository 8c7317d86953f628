/**
 * One ES module bundle a Lambda: `dist/functions/<name>/index.mjs`, with its source map.
 */
import { readdir } from 'node:fs/promises';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;
const names = (await readdir(`${root}functions`, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory() && entry.name !== 'enrollment')
  .map((entry) => entry.name);

for (const name of names) {
  await build({
    entryPoints: [`${root}functions/${name}/index.ts`],
    outfile: `${root}dist/functions/${name}/index.mjs`,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    sourcemap: true,
  });
}
