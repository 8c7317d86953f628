/**
 * Installs the packages of the console's tests where they are missing or their lock file has changed:
 * `node test/console/install.ts`. They are a package of their own, so that nobody downloads a browser for a demo.
 */
import { execSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = import.meta.dirname;
const lock = join(folder, 'package-lock.json');
/** The lock file of the last install that came to its end; npm removes it with all else before it installs. */
const installed = join(folder, 'node_modules/.installed-lock.json');

if (!existsSync(installed) || !readFileSync(installed).equals(readFileSync(lock))) {
  try {
    execSync('npm ci', { cwd: folder, stdio: 'inherit' });
    copyFileSync(lock, installed);
  } catch (error) {
    process.stderr.write(
      `The packages of the console's tests were not installed: in ${folder}, ${error instanceof Error ? error.message : error}.
They come from the npm registry, which has to be reached once. Run "npm ci" in that folder to see what npm says.
All other tests go without: npx vitest run --exclude 'test/console/**'
`,
    );
    process.exitCode = 1;
  }
}
