import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { deflateRawSync } from 'node:zlib';
import { build } from 'esbuild';
import { bundle } from '../infra/bundle.ts';
import type { BenchTable } from './table.ts';

const run_ = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));

/** What the functions read at their import; nothing is called. */
const ENVIRONMENT = {
  // As the stack sets it.
  NODE_OPTIONS: '--enable-source-maps',
  AWS_REGION: 'us-east-1',
  AWS_LAMBDA_FUNCTION_NAME: 'bench',
  VOICE_ID_DOMAIN_ID: 'aB3aB3aB3aB3aB3aB3aB3a',
  DATA_ACCESS_ROLE_ARN: 'arn:aws:iam::123456789012:role/data-access',
  RESULTS_BUCKET: 'results',
  STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:123456789012:stateMachine:enrollment',
  AWS_ENDPOINT_URL_VOICE_ID: 'https://voice.example.com',
  VOICE_ID_CREDENTIALS_SECRET_ARN: 'access-key',
  CREDENTIALS_SECRET_ARN: 'access-key',
  ENCRYPTION_KEY_SECRET_ARN: 'encryption-key',
  EVENT_BUS_NAME: 'bus',
  METRICS_NAMESPACE: 'bench',
  JOB_STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:123456789012:stateMachine:job',
  EXTERNAL_ID: '123456789012',
};

const CLIENTS: Record<string, string> = {
  dynamodb: 'DynamoDBClient',
  eventbridge: 'EventBridgeClient',
  s3: 'S3Client',
  'secrets-manager': 'SecretsManagerClient',
  sfn: 'SFNClient',
  sts: 'STSClient',
  'voice-id': 'VoiceIDClient',
};

interface Bundled {
  name: string;
  /** Of the source, for what it uses. */
  entry: string;
  folder: string;
}

async function bundles(): Promise<Bundled[]> {
  await run_(process.execPath, [join(root, 'infra/build.ts')], { cwd: root });
  const workflow = await readdir(join(root, 'dist/functions'));
  const engine = await readdir(join(root, 'dist/engine'));
  return [
    ...workflow.map((name) => ({ name, entry: `functions/${name}/index.ts`, folder: `dist/functions/${name}` })),
    ...engine.map((name) => ({
      name: `engine ${name}`,
      entry: `engine/lambda/handlers/${name}.ts`,
      folder: `dist/engine/${name}`,
    })),
  ];
}

/** The SDK clients that end up in a bundle. */
async function clientsOf({ entry }: Bundled): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [join(root, entry)],
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    external: ['piscina', 'sherpa-onnx-node'],
    logLevel: 'error',
  });
  const [output] = Object.values(metafile.outputs);
  const used = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const names = used.map(([path]) => /^node_modules\/@aws-sdk\/client-([a-z0-9-]+)\//.exec(path)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined && name in CLIENTS))].toSorted() as string[];
}

/**
 * A handler that does nothing, with these clients.
 * @returns two files: bundled as esbuild does it, minified, and as ours are bundled.
 */
async function emptyHandler(clients: readonly string[]): Promise<{ plain: string; ours: string }> {
  const folder = join(root, 'dist/bench', clients.join('+'));
  await mkdir(folder, { recursive: true });
  const imports = clients.map((client) => `import { ${CLIENTS[client]} } from '@aws-sdk/client-${client}';`);
  const made = clients.map((client) => `new ${CLIENTS[client]}({})`);
  const entry = join(folder, 'entry.ts');
  await writeFile(
    entry,
    `${imports.join('\n')}\nexport const clients = [${made.join(', ')}];\nexport const handler = async () => clients.length;\n`,
  );
  const files = { plain: join(folder, 'plain.mjs'), ours: join(folder, 'index.mjs') };
  await bundle(entry, files.ours);
  await build({
    entryPoints: [entry],
    outfile: files.plain,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    sourcemap: true,
    logLevel: 'warning',
  });
  return files;
}

/** A fresh process that imports the file. @returns milliseconds of processor time that the import takes. */
async function sample(file: string, tracing: boolean): Promise<number> {
  const script = `
    const before = process.cpuUsage();
    await import(${JSON.stringify(pathToFileURL(file).href)});
    const { user, system } = process.cpuUsage(before);
    console.log('measured ' + (user + system) / 1000);
    process.exit();`;
  const { stdout } = await run_(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...ENVIRONMENT, POWERTOOLS_TRACE_ENABLED: String(tracing) },
  });
  return Number(/^measured (.*)$/m.exec(stdout)?.[1]);
}

/** Bytes of the folder's files once deflated, as in the zip that is uploaded; apart: models and what is not bundled. */
async function zipped(folder: string): Promise<{ code: number; rest: number }> {
  const sizes = { code: 0, rest: 0 };
  for (const file of await readdir(join(root, folder), { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const bytes = deflateRawSync(await readFile(join(file.parentPath, file.name)), { level: 9 }).length;
    sizes[/\.mjs(\.map)?$/.test(file.name) ? 'code' : 'rest'] += bytes;
  }
  return sizes;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** What a function costs before its first event, against one that does nothing with the same SDK clients. */
export async function run({ full }: { full: boolean }): Promise<BenchTable> {
  const rounds = full ? 25 : 3;
  const functions = await Promise.all(
    (await bundles()).map(async (bundled) => ({ ...bundled, clients: await clientsOf(bundled) })),
  );
  const empties = new Map<string, { plain: string; ours: string }>();
  for (const { clients } of functions) {
    if (!empties.has(clients.join())) empties.set(clients.join(), await emptyHandler(clients));
  }
  // The engine's functions have no traces of their own.
  const workflow = join(root, 'dist/functions');
  const files = [
    ...functions.map(({ folder }) => join(root, folder, 'index.mjs')),
    ...[...empties.values()].flatMap(({ plain, ours }) => [plain, ours]),
  ];
  const samples = new Map(files.map((file) => [file, { cpu: [] as number[], traced: [] as number[] }]));
  // In turn, so that all see the same machine.
  for (let round = 0; round < rounds; round++) {
    for (const [file, { cpu, traced }] of samples) {
      cpu.push(await sample(file, false));
      if (file.startsWith(workflow)) traced.push(await sample(file, true));
    }
  }
  await rm(join(root, 'dist/bench'), { recursive: true });
  const rows = [];
  for (const { name, folder, clients } of functions) {
    const own = samples.get(join(root, folder, 'index.mjs')) ?? { cpu: [], traced: [] };
    const files = empties.get(clients.join()) ?? { plain: '', ours: '' };
    const empty = samples.get(files.plain) ?? { cpu: [] };
    const bundledEmpty = samples.get(files.ours) ?? { cpu: [] };
    const { code, rest } = await zipped(folder);
    rows.push([
      name,
      clients.join(' '),
      Math.round(median(own.cpu)),
      Math.round(median(empty.cpu)),
      (median(own.cpu) / median(empty.cpu)).toFixed(2),
      own.traced.length === 0 ? '' : (median(own.traced) / median(empty.cpu)).toFixed(2),
      (median(own.cpu) / median(bundledEmpty.cpu)).toFixed(2),
      Math.round(code / 1024),
      rest === 0 ? '' : Math.round(rest / 1024),
    ]);
  }
  return {
    title: `Milliseconds of processor time to import a function's bundle in a fresh process, median of ${rounds}, against an empty handler with the same SDK clients`,
    columns: [
      'function',
      'SDK clients',
      'ms',
      'empty, ms',
      'ratio',
      'ratio with tracing',
      'against an empty one bundled as ours',
      'zipped, KB',
      'model and addon, KB',
    ],
    rows,
  };
}
