import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../../cli/commands/model.ts';
import { installModel } from '../../cli/model/install.ts';
import { knownModels } from '../../cli/model/known-models.ts';
import { CommandError, UsageError } from '../../clients/errors.ts';
import { readModel, STARTER_DIRECTORY } from '../../engine/voiceprint/model.ts';

let bytes: Buffer;
let sha256: string;
let origin: string;
let root: string;
let dataDir: string;
/** What the server was asked for, and how it misbehaves. */
let ranges: (string | undefined)[] = [];
let breakAfter: number | undefined;
let content: Buffer;

const server = createServer((request, response) => {
  ranges.push(request.headers.range);
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (from >= content.length) {
    response.writeHead(416).end();
    return;
  }
  const rest = content.subarray(from);
  response.writeHead(from > 0 ? 206 : 200, { 'content-length': rest.length });
  if (breakAfter === undefined) response.end(rest);
  else response.write(rest.subarray(0, breakAfter), () => response.destroy());
});

beforeAll(async () => {
  bytes = await readFile(join(STARTER_DIRECTORY, 'model.onnx'));
  sha256 = createHash('sha256').update(bytes).digest('hex');
  root = await mkdtemp(join(tmpdir(), 'vivavoce-model-'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  const { port }: AddressInfo = address;
  origin = `http://127.0.0.1:${port}`;
});
afterAll(async () => {
  server.close();
  await rm(root, { recursive: true, force: true });
});
beforeEach(async () => {
  dataDir = await mkdtemp(join(root, 'd'));
  content = bytes;
  ranges = [];
  breakAfter = undefined;
});

const install = (change: { from?: string; sha256?: string } = {}) =>
  installModel(
    { from: `${origin}/some-model.onnx`, name: 'some-model', source: 'a test', licence: 'none', dataDir, ...change },
    { fetch },
  );
const installed = () => existsSync(join(dataDir, 'model', 'model.onnx'));

describe('installing a model', () => {
  test('fetches it, checks it, and leaves what the engine loads, uncalibrated', async () => {
    const seen: number[] = [];
    await installModel(
      { from: `${origin}/some-model.onnx`, name: 'some-model', sha256, source: 'a test', licence: 'none', dataDir },
      { fetch, progress: (done) => seen.push(done) },
    );
    const model = await readModel(join(dataDir, 'model'));
    expect(model).toMatchObject({ name: 'some-model', dimension: 192, sha256 });
    expect(model.calibration).toBeUndefined();
    expect(model.proof.length).toBeGreaterThan(0);
    expect(seen.at(-1)).toBe(bytes.length);
  });

  test('goes on where a download broke off', async () => {
    breakAfter = 1_000_000;
    await expect(install({ sha256 })).rejects.toThrow(/broke off/);
    expect(installed()).toBe(false);
    breakAfter = undefined;
    await install({ sha256 });
    expect(installed()).toBe(true);
    expect(ranges[0]).toBeUndefined();
    expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/);
  });

  test('takes what was whole already, though not yet checked', async () => {
    await mkdir(join(dataDir, 'downloads'), { recursive: true });
    await writeFile(join(dataDir, 'downloads', 'some-model.onnx.part'), bytes);
    await install({ sha256 });
    expect(ranges).toEqual([`bytes=${bytes.length}-`]);
    expect(installed()).toBe(true);
  });

  test('refuses another file than expected, and keeps the model that was there', async () => {
    await install({ sha256 });
    content = Buffer.from('something else');
    await expect(install({ sha256 })).rejects.toThrow(/SHA-256 [0-9a-f]{64}, expected/);
    expect((await readModel(join(dataDir, 'model'))).sha256).toBe(sha256);
  });

  test('holds later downloads to the first where no checksum is published', async () => {
    await install();
    content = Buffer.concat([bytes, Buffer.from('tampered')]);
    await expect(install()).rejects.toThrow(new RegExp(`expected ${sha256}`));
  });

  test('refuses a file that is no model without dying of it, and keeps the model that was there', async () => {
    await install({ sha256 });
    const from = join(dataDir, 'no-model.onnx');
    await writeFile(from, 'no model');
    await expect(install({ from })).rejects.toThrow(/is no speaker model that sherpa-onnx loads/);
    expect((await readModel(join(dataDir, 'model'))).sha256).toBe(sha256);
    expect(existsSync(join(dataDir, 'model.new'))).toBe(false);
  });

  test('without a network says what to download and how to install it', async () => {
    const offline = installModel(
      { from: 'http://127.0.0.1:1/m.onnx', name: 'm', source: 'a test', licence: 'none', dataDir },
      { fetch },
    );
    await expect(offline).rejects.toThrow(CommandError);
    await expect(offline).rejects.toThrow(/Download http:\/\/127\.0\.0\.1:1\/m\.onnx .*--from FILE/);
  });

  test('an answer that is no file is an error', async () => {
    const refused = installModel(
      { from: `${origin}/m.onnx`, name: 'm', source: 'a test', licence: 'none', dataDir },
      { fetch: async () => new Response('gone', { status: 404 }) },
    );
    await expect(refused).rejects.toThrow(/answered 404/);
  });
});

describe('the command', () => {
  test('knows published models of WeSpeaker, 3D-Speaker and NeMo by their release addresses', () => {
    const models = Object.values(knownModels);
    for (const maker of ['WeSpeaker', '3D-Speaker', 'NeMo']) {
      expect(models.some(({ source }) => source.includes(maker))).toBe(true);
    }
    for (const { url, sha256 } of models) {
      expect(url).toMatch(/^https:\/\/github\.com\/k2-fsa\/sherpa-onnx\/releases\/download\/.*\.onnx$/);
      expect(sha256 ?? '0'.repeat(64)).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  test('installs a file', async () => {
    const from = join(STARTER_DIRECTORY, 'model.onnx');
    expect(await run(['--from', from, '--sha256', sha256, '--data-dir', dataDir, '--json'])).toBe(0);
    expect(installed()).toBe(true);
  });

  test.each([
    [['no-such-model'], /There is no model/],
    [['nemo-titanet-small', '--from', 'x.onnx'], /one of them/],
    [['--from', 'x.onnx', '--sha256', 'abc'], /64 hexadecimal/],
    [['--frm', 'x'], /frm/],
  ])('%s is wrong usage', async (argv, message) => {
    await expect(run(argv)).rejects.toThrow(UsageError);
    await expect(run(argv)).rejects.toThrow(message);
  });
});
