import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle } from '../../infra/bundle.ts';
import { ACCESS_KEY } from '../../local/account.ts';
import { functionsEnv } from '../../local/functions-env.ts';

const FUNCTIONS = ['start-enrollment', 'start-job', 'poll-enrollment', 'summarize-enrollment'];
const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

let folder: string;
const bundleOf = (name: string) => join(folder, name, 'index.mjs');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vivavoce-start-'));
  await Promise.all(FUNCTIONS.map((name) => bundle(join(root, 'functions', name, 'index.ts'), bundleOf(name))));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a fresh process that imports the bundle has loaded. The X-Ray SDK's context library leaves `namespaces` on `process`. */
async function loads(name: string, tracing: string): Promise<{ xRay: boolean; undici: boolean }> {
  const domainId = 'aB3aB3aB3aB3aB3aB3aB3a';
  const env = {
    ...functionsEnv({ origin: 'http://127.0.0.1:1', domainId, accessKey: ACCESS_KEY }, {}),
    POWERTOOLS_TRACE_ENABLED: tracing,
  };
  const script = `await import(${JSON.stringify(pathToFileURL(bundleOf(name)).href)});
    const undici = process.moduleLoadList.some((module) => module.includes('undici'));
    console.log(JSON.stringify({ xRay: 'namespaces' in process, undici })); process.exit();`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { env });
  return JSON.parse(stdout);
}

describe("A function's start", () => {
  test.each(FUNCTIONS)('%s loads the X-Ray SDK where tracing is on, and only there', async (name) => {
    const [on, off] = await Promise.all([loads(name, 'true'), loads(name, 'false')]);
    expect([on.xRay, off.xRay]).toEqual([true, false]);
    // A third of a start, for a `fetch` that nobody calls: Node loads it with an ES module's import of `http`.
    expect([on.undici, off.undici]).toEqual([false, false]);
  });

  test.each(FUNCTIONS)('%s carries no part of zod that it does not use', async (name) => {
    const code = await readFile(bundleOf(name), 'utf8');
    expect(code).toContain('ZodObject');
    // A JSON Schema's way into zod, and a message in German.
    expect(code).not.toContain('fromJSONSchema');
    expect(code).not.toContain('Ungültige Eingabe');
  });
});
