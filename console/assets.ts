import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { Hono } from 'hono';

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The browser's script, made of its modules when it is first asked for. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [file('browser/main.ts')],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

let script: Promise<string> | undefined;

/** What the pages load: one style sheet, one script, both from here. */
export const assets = new Hono()
  .get('/console.css', async (c) =>
    c.body(await readFile(file('layout/console.css'), 'utf8'), 200, { 'content-type': 'text/css; charset=utf-8' }),
  )
  .get('/console.js', async (c) => {
    script ??= bundle();
    return c.body(await script, 200, { 'content-type': 'text/javascript; charset=utf-8' });
  });
