import { readFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

let registered = false;

/**
 * From now on this process imports `.tsx` files, JSX made into calls of Hono's: Node itself strips types alone. esbuild, which
 * bundles the functions, does it in a millisecond a file; it is loaded with the first.
 */
export function registerTsx(): void {
  if (registered) return;
  registered = true;
  const require = createRequire(import.meta.url);
  registerHooks({
    load(url, context, nextLoad) {
      if (!url.startsWith('file:') || !url.endsWith('.tsx')) return nextLoad(url, context);
      const { transformSync }: typeof import('esbuild') = require('esbuild');
      const sourcefile = fileURLToPath(url);
      const { code } = transformSync(readFileSync(sourcefile, 'utf8'), {
        loader: 'tsx',
        format: 'esm',
        target: 'es2024',
        jsx: 'automatic',
        jsxImportSource: 'hono/jsx',
        sourcefile,
        sourcemap: 'inline',
      });
      return { format: 'module', source: code, shortCircuit: true };
    },
  });
}
