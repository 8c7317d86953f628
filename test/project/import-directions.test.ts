import { execFile } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** What Biome says of a file of that name with that import; nothing is written to disk. */
function lint(path: string, from: string): Promise<string> {
  return new Promise((resolve) => {
    const child = execFile('node_modules/.bin/biome', ['lint', `--stdin-file-path=${path}`], (_error, stdout, stderr) =>
      resolve(`${stdout}${stderr}`),
    );
    child.stdin?.end(`export * from '${from}';\n`);
  });
}

describe('import directions', () => {
  it.each([
    ['functions/start-job/probe.ts', '../../engine/app.ts'],
    ['functions/enrollment/probe.ts', '../../local/cloud.ts'],
    ['engine/api/probe.ts', '../../functions/enrollment/manifest.ts'],
    ['engine/probe.ts', '../local/cloud.ts'],
    ['local/probe.ts', '../test/e2e/anything.ts'],
    ['infra/probe.ts', '../engine/app.ts'],
  ])('%s may not import %s', async (path, from) => {
    expect(await lint(path, from)).toContain('noRestrictedImports');
  });

  it.each([
    ['functions/start-job/probe.ts', '../enrollment/manifest.ts'],
    ['engine/api/probe.ts', '../store/table.ts'],
    ['local/probe.ts', '../engine/app.ts'],
    ['bench/probe.ts', '../functions/enrollment/poll-plan.ts'],
  ])('%s may import %s', async (path, from) => {
    expect(await lint(path, from)).not.toContain('noRestrictedImports');
  });
});
