import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MANIFESTS, RECORDINGS, RESULTS } from '../../local/account.ts';
import { startTestCloud, type TestCloud } from '../e2e/cloud.ts';
import { type ConsoleBrowser, describeInBrowser, seriousFaults, startBrowser } from './browser.ts';

let test: TestCloud;
let command: ChildProcess;
let link: string;
let env: NodeJS.ProcessEnv;

/** The command as an operator has it on AWS: no default of the local cloud, everything from the environment and options. */
function startConsole(env: NodeJS.ProcessEnv, ...options: string[]): ChildProcess {
  const args = [
    '--disable-warning=ExperimentalWarning',
    'cli/main.ts',
    'console',
    '--endpoint-url',
    'aws',
    '--port',
    '0',
  ];
  return spawn(process.execPath, [...args, ...options], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env },
  });
}

async function linkOf(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
    const [, found] = /^console (http:.*)$/.exec(line) ?? [];
    if (found !== undefined) return found;
  }
  throw new Error('The command ended without a link.');
}

beforeAll(async () => {
  test = await startTestCloud();
  const { AWS_ENDPOINT_URL = '', AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, STATE_MACHINE_ARN } = test.functionsEnv;
  env = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY,
    STATE_MACHINE_ARN,
    AWS_ENDPOINT_URL_S3: AWS_ENDPOINT_URL,
    AWS_ENDPOINT_URL_SFN: AWS_ENDPOINT_URL,
    AWS_ENDPOINT_URL_VOICE_ID: AWS_ENDPOINT_URL,
  };
  command = startConsole(env, '--manifests', MANIFESTS, '--recordings', RECORDINGS, '--results', RESULTS);
  link = await linkOf(command);
});
afterAll(async () => {
  command.kill('SIGTERM');
  await once(command, 'exit');
  await test.stop();
});

it('serves on the loopback interface alone, on a port of its own', () => {
  expect(new URL(link).hostname).toBe('127.0.0.1');
  expect(new URL(link).port).not.toBe(new URL(test.cloud.origin).port);
});

it('ends by itself at a signal, and says how it is used', async () => {
  const other = startConsole({ AWS_REGION: 'eu-central-1' });
  await linkOf(other);
  other.kill('SIGINT');
  expect((await once(other, 'exit'))[0]).toBe(0);
});

describeInBrowser('with settings as on AWS', () => {
  let browser: ConsoleBrowser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser.close());

  it('every section opens', async () => {
    const page = await browser.open(link);
    for (const name of ['Runs', 'Voices', 'Listen', 'Thresholds']) {
      await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name, exact: true }).click();
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect((await page.getByRole('alert').allTextContents()).filter((said) => said !== '')).toEqual([]);
      expect(await page.getByRole('banner').textContent()).toContain('us-east-1');
      expect(await seriousFaults(page)).toEqual([]);
    }
    expect(browser.trouble).toEqual([]);
  });

  it('an upload is seen from its rejection to its story, with the machine that STATE_MACHINE_ARN names', async () => {
    const page = await browser.open(link);
    await test.put(MANIFESTS, 'broken.json', '{}');
    await page.getByRole('row', { name: /broken\.json.*rejected/ }).waitFor();
    await page.getByRole('rowheader', { name: 'broken.json' }).getByRole('link').click();
    await page.getByText('Event sent: Speaker Enrollment Manifest Rejected').waitFor();
    await page.getByRole('img', { name: /Passed: Begin, Summarize, Tell ending/ }).waitFor();
    expect(browser.trouble).toEqual([]);
  });

  it('a drop says which setting it lacks, and that a console that was started again has a new link', async () => {
    const other = startConsole(env, '--manifests', MANIFESTS, '--results', RESULTS);
    const page = await browser.open(await linkOf(other));
    const list = { name: 'calls.csv', mimeType: 'text/csv', buffer: Buffer.from('SpeakerId,Recording\nann,ann.wav\n') };
    const recording = { name: 'ann.wav', mimeType: 'audio/wav', buffer: Buffer.from('a call') };
    await page.getByLabel('Choose files').setInputFiles([list, recording]);
    const status = page.getByRole('status', { name: 'State of this upload' });
    await status.filter({ hasText: /^Found no .*recordings/ }).waitFor();
    await page.context().clearCookies();
    await page.getByRole('button', { name: 'Check again' }).click();
    await status.filter({ hasText: /^The console needs the token of its link/ }).waitFor();
    other.kill('SIGINT');
    await once(other, 'exit');
  });
});
