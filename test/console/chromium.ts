import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** A browser's program, and what it needs in its environment. */
export interface Chromium {
  executablePath: string;
  env: Record<string, string>;
}

/** Where the package's browser is unpacked to, once for each of its versions. */
async function unpackedFolder(): Promise<string> {
  const main = createRequire(import.meta.url).resolve('@sparticuz/chromium');
  const file = join(dirname(main), '..', 'package.json');
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(await readFile(file, 'utf8')));
  return join(tmpdir(), `vivavoce-chromium-${version}`);
}

const fontsConf = (folder: string) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${folder}/fonts-cache</cachedir>
</fontconfig>
`;

/** Unpacks the package's browser, whole or not at all: tests run side by side. */
async function unpack(folder: string): Promise<void> {
  const own = await mkdtemp(join(tmpdir(), 'vivavoce-chromium-'));
  const { TMPDIR, AWS_LAMBDA_JS_RUNTIME } = process.env;
  try {
    // It unpacks into the temporary directory, and the libraries that it needs only where it believes to be on Lambda.
    process.env.TMPDIR = own;
    process.env.AWS_LAMBDA_JS_RUNTIME = 'nodejs24.x';
    const { default: chromium } = await import('@sparticuz/chromium');
    await chromium.executablePath();
    // Its fonts are for another place, too.
    await writeFile(join(own, 'fonts', 'fonts.conf'), fontsConf(folder));
    await rename(own, folder);
  } catch (error) {
    await rm(own, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  } finally {
    restore('TMPDIR', TMPDIR);
    restore('AWS_LAMBDA_JS_RUNTIME', AWS_LAMBDA_JS_RUNTIME);
  }
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

const INSTALLED = [
  '/usr/bin/google-chrome',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The one that npm brought, on Linux; else one that is installed; undefined where there is none. */
export async function findChromium(): Promise<Chromium | undefined> {
  if (process.platform === 'linux' && process.arch === 'x64') {
    const folder = await unpackedFolder();
    if (!existsSync(folder)) await unpack(folder);
    return {
      executablePath: join(folder, 'chromium'),
      env: { LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'), FONTCONFIG_PATH: join(folder, 'fonts') },
    };
  }
  const executablePath = INSTALLED.find((path) => existsSync(path));
  return executablePath === undefined ? undefined : { executablePath, env: {} };
}
