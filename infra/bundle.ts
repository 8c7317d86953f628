import { readFile } from 'node:fs/promises';
import { build, type Plugin } from 'esbuild';

/** CommonJS packages call `require` for Node's own modules; an ES module has none. */
const REQUIRE =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";

/** zod carries its messages in fifty languages, a third of a bundle. English is what we speak. */
const englishOnly: Plugin = {
  name: 'english-only',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
      loader: 'js',
    }));
  },
};

/** A map that maps everything to one empty source; esbuild ignores one without mappings. */
const EMPTY_MAP = Buffer.from('{"version":3,"sources":["library"],"sourcesContent":[""],"mappings":"AAAA"}');
const NO_MAP = `\n//# sourceMappingURL=data:application/json;base64,${EMPTY_MAP.toString('base64')}`;

/** Stack traces in terms of our own source; a map of the libraries would be larger than the code. */
const mapOwnCodeOnly: Plugin = {
  name: 'map-own-code-only',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]node_modules[\\/].*\.m?js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')) + NO_MAP,
      loader: 'js',
    }));
  },
};

/** Bundles `entry` for Lambda's Node 24 into the ES module `outfile`, and its map beside it. */
export async function bundle(
  entry: string,
  outfile: string,
  external: string[] = [],
  plugins: Plugin[] = [],
): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    external,
    bundle: true,
    minify: true,
    // Error classes are matched by name.
    keepNames: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: REQUIRE },
    sourcemap: true,
    plugins: [...plugins, englishOnly, mapOwnCodeOnly],
    logLevel: 'warning',
  });
}
