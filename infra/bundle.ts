import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { build, type Plugin } from 'esbuild';

/** CommonJS packages call `require` for Node's own modules; an ES module has none. */
const REQUIRE =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";

/**
 * Node's own modules as `require` gives them. An ES module's import of one reads all that it exports, and of `http` that is
 * undici, too, with all that it loads: 25 of the 75 ms that a start took.
 */
const builtinsAsTheyAre: Plugin = {
  name: 'builtins-as-they-are',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z]/ }, ({ path, kind }) =>
      kind === 'import-statement' && isBuiltin(path)
        ? { path: path.replace(/^(?:node:)?/, 'node:'), namespace: 'builtin' }
        : undefined,
    );
    onLoad({ filter: /^/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}');`,
      loader: 'js',
    }));
  },
};

/** The X-Ray SDK's part for version 2 of AWS's SDK, which nothing here has. It alone needs all of semver: 6 ms. */
const noSdkOfBefore: Plugin = {
  name: 'no-sdk-of-before',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]aws-xray-sdk-core[\\/].*[\\/]patchers[\\/]aws_p\.js$/ }, () => ({
      contents: "exports.captureAWS = exports.captureAWSClient = () => { throw new Error('For AWS SDK v3 only.'); };",
      loader: 'js',
    }));
  },
};

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

/**
 * Stack traces in terms of our own source. A library's map would be larger than its code, and each name of it costs time at
 * every start: so a library gets a map of one place, on the line of its own end, where no code is. (esbuild ignores a map
 * without places.)
 */
const mapOwnCodeOnly: Plugin = {
  name: 'map-own-code-only',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]node_modules[\\/].*\.m?js$/ }, async ({ path }) => {
      const code = await readFile(path, 'utf8');
      const mappings = `${';'.repeat(code.split('\n').length)}AAAA`;
      const map = Buffer.from(JSON.stringify({ version: 3, sources: ['library'], sourcesContent: [''], mappings }));
      const contents = `${code}\n//# sourceMappingURL=data:application/json;base64,${map.toString('base64')}`;
      return { contents, loader: 'js' };
    });
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
    sourcesContent: false,
    plugins: [...plugins, builtinsAsTheyAre, noSdkOfBefore, englishOnly, mapOwnCodeOnly],
    logLevel: 'warning',
  });
}
