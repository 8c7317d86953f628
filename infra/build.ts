/**
 * One ES module bundle a Lambda: `dist/functions/<name>/index.mjs`, exporting `handler`, with its source map.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildEngine } from './build-engine.ts';
import { bundle } from './bundle.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

await rm(join(root, 'dist/functions'), { recursive: true, force: true });
const folders = await readdir(join(root, 'functions'), { withFileTypes: true });
const names = folders.filter((folder) => folder.isDirectory() && folder.name !== 'enrollment').map(({ name }) => name);
await Promise.all(
  names.map((name) => bundle(join(root, `functions/${name}/index.ts`), join(root, `dist/functions/${name}/index.mjs`))),
);
await buildEngine(root, process.env);
