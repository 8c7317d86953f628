import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { root } from './template.ts';

const require = createRequire(import.meta.url);
const stageOf: (osls: { resolveVariable: (variable: string) => Promise<unknown> }) => Promise<unknown> =
  require('../../infra/stage.cjs');
const Guard: new (serverless: object, options: object) => { hooks: { initialize: () => void } } =
  require('../../infra/guard.cjs');

/** A fresh clone: nothing built, `infra/` its own. */
let clone: string;
beforeAll(async () => {
  clone = await mkdtemp(join(tmpdir(), 'vivavoce-clone-'));
  for (const name of ['serverless.yml', 'package.json', 'infra']) {
    await cp(join(root, name), join(clone, name), { recursive: true });
  }
  for (const name of ['node_modules', 'statemachine']) await symlink(join(root, name), join(clone, name));
  await writeFile(
    join(clone, 'infra/stages/prod.yml'),
    'region: eu-central-1\nrecordingsBucket: our-call-recordings\nlogRetention: 30\n',
  );
  await writeFile(join(clone, 'infra/stages/typo.yml'), 'recordingBucket: our-call-recordings\n');
  await mkdir(join(clone, 'home'));
});
afterAll(() => rm(clone, { recursive: true }));

/** Without credentials, and nothing that answers where AWS would. */
const osls = (...args: string[]) =>
  new Promise<{ code: unknown; output: string }>((done) => {
    const env = {
      PATH: process.env.PATH,
      HOME: join(clone, 'home'),
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_MAX_ATTEMPTS: '1',
      SLS_TELEMETRY_DISABLED: '1',
    };
    const command = [join(root, 'node_modules/osls/bin/serverless.js'), ...args];
    execFile(process.execPath, command, { cwd: clone, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
      done({ code: error?.code ?? 0, output: stdout + stderr }),
    );
  });

test('a clone in which nothing is built can remove a stage and describe it, but not package or deploy one', async () => {
  const [removed, unknown, packaged] = await Promise.all([
    osls('remove', '--stage', 'prod'),
    osls('deploy', '--stage', 'pord'),
    osls('package', '--stage', 'prod'),
  ]);
  // It got as far as AWS, in the stage's region.
  expect(removed.output).toMatch(/stage prod \(eu-central-1\).*credentials not found/s);
  expect(unknown.output).toContain('no infra/stages/pord.yml');
  expect(packaged.output).toContain('The engine is not built for x86_64: npm run build');
  for (const { code } of [removed, unknown, packaged]) expect(code).not.toBe(0);
});

describe('what a stage is deployed with', () => {
  /** As osls resolves: `sls:stage`, and files of the clone. */
  const resolve = (stage: string) =>
    stageOf({
      resolveVariable: async (variable: string) => {
        if (variable === 'sls:stage') return stage;
        const path = join(clone, /^file\((.*)\)/.exec(variable)?.[1] ?? '');
        return existsSync(path) ? parse(await readFile(path, 'utf8')) : null;
      },
    });

  test('is its file, over the defaults', async () => {
    expect(await resolve('prod')).toMatchObject({
      region: 'eu-central-1',
      parameters: { recordingsBucket: 'our-call-recordings', logRetention: 30, manifestRetention: 90 },
    });
    expect(await resolve('nobodys')).toMatchObject({ region: 'us-east-1', parameters: { recordingsBucket: '' } });
  });

  test('must be parameters', async () => {
    await expect(resolve('typo')).rejects.toThrow('infra/stages/typo.yml sets recordingBucket, expected region and');
  });

  test('is not on the command line of a deployment, which the next one would not know', () => {
    const guard = (...commands: string[]) =>
      new Guard(
        {
          processedInput: { commands },
          getProvider: () => ({ getStage: () => 'prod' }),
          serviceDir: clone,
          classes: { Error },
        },
        { param: ['alarmEmail=ops@example.com'] },
      ).hooks.initialize;
    expect(guard('deploy')).toThrow(
      'alarmEmail=ops@example.com: the next deployment would not know of it. Write it into infra/stages/prod.yml',
    );
    expect(guard('package')).not.toThrow();
  });
});
