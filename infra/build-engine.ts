/**
 * The engine's Lambdas: `dist/engine/<name>/index.mjs`, the model beside it, and for those that listen what can't be
 * bundled: native code, worker threads, the model of voice activity.
 */
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { bundle } from './bundle.ts';
import { type Architecture, architectures, nativeAddon } from './native-addon.ts';

const names = ['api', 'listen', 'prepare-job', 'enroll-speakers', 'merge-job', 'make-domain'];
/** Of a job's recordings on threads, of a call's audio on its own. */
const LISTEN = ['enroll-speakers', 'listen'];
const ON_THREADS = 'enroll-speakers';
/** Loaded by path at run time. */
const UNBUNDLED = ['piscina', 'sherpa-onnx-node'];

/** The worker is a bundle, too. */
const bundledWorker: Plugin = {
  name: 'bundled-worker',
  setup({ onLoad }) {
    onLoad({ filter: /engine[\\/]voiceprint[\\/]pool\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source.replace("new URL('./worker.ts'", "new URL('./worker.mjs'");
      if (contents === source) throw new Error(`${path} starts no worker by its file any more: see bundledWorker.`);
      return { contents, loader: 'ts' };
    });
  },
};

function architectureOf(env: NodeJS.ProcessEnv): Architecture {
  const given = env.ENGINE_ARCHITECTURE || 'x86_64';
  if (given === 'x86_64' || given === 'arm64') return given;
  throw new Error(`ENGINE_ARCHITECTURE is ${given}, expected ${Object.keys(architectures).join(' or ')}.`);
}

async function copyPackage(
  root: string,
  folder: string,
  name: string,
  from = join(root, 'node_modules', name),
  files = [''],
) {
  for (const file of files) await cp(join(from, file), join(folder, 'node_modules', name, file), { recursive: true });
}

export async function buildEngine(root: string, env: NodeJS.ProcessEnv): Promise<void> {
  await rm(join(root, 'dist/engine'), { recursive: true, force: true });
  for (const name of names) {
    const folder = join(root, 'dist/engine', name);
    await mkdir(folder, { recursive: true });
    await bundle(join(root, `engine/lambda/handlers/${name}.ts`), join(folder, 'index.mjs'), UNBUNDLED, [
      bundledWorker,
    ]);
    // Whose voiceprints may be compared all have to know; the weights only those that listen.
    const parts = LISTEN.includes(name) ? ['model.json', 'model.onnx'] : ['model.json'];
    for (const part of parts) await cp(join(root, 'engine/voiceprint/starter', part), join(folder, 'starter', part));
  }
  const threads = join(root, 'dist/engine', ON_THREADS);
  await bundle(join(root, 'engine/voiceprint/worker.ts'), join(threads, 'worker.mjs'), UNBUNDLED);
  await copyPackage(root, threads, 'piscina', undefined, ['package.json', 'dist']);
  const architecture = architectureOf(env);
  const addon = await nativeAddon(root, architecture);
  for (const name of LISTEN) {
    const folder = join(root, 'dist/engine', name);
    await copyPackage(root, folder, 'sherpa-onnx-node');
    await copyPackage(root, folder, `sherpa-onnx-linux-${architectures[architecture]}`, addon);
    await cp(join(root, 'engine/audio/voice-activity.onnx'), join(folder, 'voice-activity.onnx'));
  }
}
