/**
 * One ES module bundle a Lambda: `dist/functions/<name>/index.mjs`, exporting `handler`, with its source map. Those of
 * `connect/` are in `dist/connect/`.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildEngine } from './build-engine.ts';
import { bundle } from './bundle.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What a room's functions share, and so no function itself. */
const SHARED = new Set(['enrollment', 'call']);

await Promise.all(
  ['functions', 'connect'].map(async (room) => {
    await rm(join(root, 'dist', room), { recursive: true, force: true });
    const folders = await readdir(join(root, room), { withFileTypes: true });
    const names = folders.filter((folder) => folder.isDirectory() && !SHARED.has(folder.name)).map(({ name }) => name);
    await Promise.all(
      names.map((name) => bundle(join(root, room, name, 'index.ts'), join(root, 'dist', room, name, 'index.mjs'))),
    );
  }),
);
await buildEngine(root, process.env);
