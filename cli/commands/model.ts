import { basename } from 'node:path';
import { UsageError } from '../../clients/errors.ts';
import { readModel } from '../../engine/voiceprint/model.ts';
import { installModel } from '../model/install.ts';
import { directoryInUse } from '../model/installed.ts';
import { knownModels } from '../model/known-models.ts';
import { parse } from '../options.ts';
import { progressLine } from '../progress.ts';
import { print, table } from '../terminal.ts';

const HELP = `npm run model -- [NAME | --from FILE_OR_URL] [--sha256 HEX] [--data-dir .vivavoce]

Installs a speaker model in place of the one in use: fetches it (a download that broke off goes on where it was), checks
its SHA-256, and proves that it loads. Without arguments it lists the published models it knows.

  NAME                 one of those listed
  --from FILE_OR_URL   any other speaker model that sherpa-onnx loads; a file needs no network
  --sha256 HEX         what the file must be; without it the first download is recorded, and later ones held to it
  --data-dir DIR       where the local cloud keeps its data (.vivavoce)
  --json               machine-readable output
  --help               this text

A new model has no calibration, so it gives no scores before \`npm run evaluate -- DIR --calibrate\` has made one from
recordings of yours. Voiceprints of another model are never compared: \`npm run vivavoce -- speakers --stale\` lists who
has to enroll again. To go back to the starter model, delete the directory \`model\` in the data directory.
`;

const SHA256 = /^[0-9a-f]{64}$/i;

export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parse(
    argv,
    {
      from: { type: 'string' },
      sha256: { type: 'string' },
      'data-dir': { type: 'string', default: '.vivavoce' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
    true,
  );
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [name, extra] = positionals;
  const dataDir = values['data-dir'];
  if (extra !== undefined) throw new UsageError(`Found '${extra}' after the name, expected one name.`);
  if (values.sha256 !== undefined && !SHA256.test(values.sha256)) {
    throw new UsageError(`Found the SHA-256 '${values.sha256}', expected 64 hexadecimal digits.`);
  }
  if (name === undefined && values.from === undefined) {
    await list(dataDir, values.json);
    return 0;
  }
  if (name !== undefined && values.from !== undefined) {
    throw new UsageError('Found a name and --from, expected one of them.');
  }
  const known = name !== undefined && Object.hasOwn(knownModels, name) ? knownModels[name] : undefined;
  if (name !== undefined && known === undefined) {
    throw new UsageError(`There is no model '${name}'; known are ${Object.keys(knownModels).join(', ')}.`);
  }
  const from = known?.url ?? values.from ?? '';
  const line = progressLine('downloading');
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  const model = await installModel(
    {
      from,
      name: name ?? basename(from).replace(/\.onnx$/, ''),
      sha256: values.sha256?.toLowerCase() ?? known?.sha256,
      source: known?.source ?? from,
      licence: known?.licence ?? 'unknown',
      dataDir,
    },
    {
      fetch,
      progress: (done, all) => line.show(`${megabytes(done)} MB${all === undefined ? '' : ` of ${megabytes(all)}`}`),
    },
  );
  line.end();
  if (values.json) {
    const { id, file, sha256, dimension } = model;
    print(JSON.stringify({ id, file, sha256, dimension, calibrated: false }));
  } else {
    print(`installed ${model.id}: ${model.file}, embeddings of ${model.dimension}`);
    print('It has no calibration yet, so it gives no scores: npm run evaluate -- DIR --calibrate');
    print('Speakers enrolled with another model must enroll again: npm run vivavoce -- speakers --stale');
  }
  return 0;
}

async function list(dataDir: string, json: boolean): Promise<void> {
  const inUse = await readModel(directoryInUse(dataDir));
  if (json) {
    print(JSON.stringify({ inUse: inUse.id, known: knownModels }));
    return;
  }
  print(`in use: ${inUse.id}${inUse.calibration === undefined ? ', not calibrated' : ''}\n`);
  print(
    table(
      ['name', 'source', 'licence', 'published equal error rate, VoxCeleb1-O 16 kHz'],
      Object.entries(knownModels).map(([name, { source, licence, published }]) => [name, source, licence, published]),
    ),
  );
  print('\nnpm run model -- NAME installs one.');
}
