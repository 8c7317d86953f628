import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const refused: [file: string, from: string][] = [
  ['functions/start-job/refused.ts', '../../engine/app.ts'],
  ['functions/enrollment/refused.ts', '../../local/cloud.ts'],
  ['engine/api/refused.ts', '../../functions/enrollment/manifest.ts'],
  ['engine/refused.ts', '../local/cloud.ts'],
  ['local/test-refused.ts', '../test/e2e/anything.ts'],
  ['local/cli-refused.ts', '../cli/options.ts'],
  ['engine/cli-refused.ts', '../cli/options.ts'],
  ['cli/demo/refused.ts', '../commands/events.ts'],
  ['cli/model/refused.ts', '../options.ts'],
  ['infra/refused.ts', '../engine/app.ts'],
  ['connect/call/refused.ts', '../../engine/audio/wav-writer.ts'],
  ['connect/check-caller/local-refused.ts', '../../local/matroska-writer.ts'],
  ['functions/start-job/connect-refused.ts', '../../connect/call/ebml.ts'],
  ['engine/connect-refused.ts', '../connect/call/ebml.ts'],
  ['clients/refused.ts', '../cli/options.ts'],
  ['clients/engine-refused.ts', '../engine/settings.ts'],
  ['console/refused.ts', '../local/account.ts'],
  ['engine/clients-refused.ts', '../clients/uploads.ts'],
];
const allowed: [file: string, from: string][] = [
  ['functions/start-job/allowed.ts', '../enrollment/manifest.ts'],
  ['engine/api/allowed.ts', '../store/table.ts'],
  ['local/allowed.ts', '../engine/app.ts'],
  ['connect/check-caller/allowed.ts', '../../functions/enrollment/settings.ts'],
  ['local/connect-allowed.ts', '../connect/call/ebml.ts'],
  ['cli/allowed.ts', '../local/cloud.ts'],
  ['cli/evaluate/allowed.ts', '../../clients/errors.ts'],
  ['console/uploads/allowed.ts', '../../clients/uploads.ts'],
  ['clients/allowed.ts', '../functions/enrollment/manifest.ts'],
  ['bench/allowed.ts', '../functions/enrollment/poll-plan.ts'],
];

/** A tree of its own under the project's own Biome configuration: the rooms stay untouched. */
let tree: string;
let report: string;

beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), 'vivavoce-imports-'));
  await copyFile('biome.json', join(tree, 'biome.json'));
  for (const [file, from] of [...refused, ...allowed]) {
    await mkdir(dirname(join(tree, file)), { recursive: true });
    await writeFile(join(tree, file), `export * from '${from}';\n`);
  }
  const biome = resolve('node_modules/.bin/biome');
  const args = ['lint', '--vcs-enabled=false', '--only=style/noRestrictedImports', '--max-diagnostics=none', '.'];
  report = spawnSync(biome, args, { cwd: tree, encoding: 'utf8' }).stderr;
});

afterAll(() => rm(tree, { recursive: true, force: true }));

describe('import directions', () => {
  it.each(refused)('%s may not import %s', (file) => {
    expect(report).toContain(file);
  });

  it.each(allowed)('%s may import %s', (file) => {
    expect(report).not.toContain(file);
  });
});
