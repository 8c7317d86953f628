import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { DescribeSpeakerCommand } from '@aws-sdk/client-voice-id';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callers, recordCall } from '../../cli/demo/callers.ts';
import { RECORDINGS } from '../../local/account.ts';
import { startTestCloud, type TestCloud } from '../e2e/cloud.ts';
import { type ConsoleBrowser, describeInBrowser, seriousFaults, startBrowser } from './browser.ts';

describeInBrowser('Uploads', () => {
  let test: TestCloud;
  let browser: ConsoleBrowser;
  let folder: string;

  beforeAll(async () => {
    [test, browser] = await Promise.all([startTestCloud(), startBrowser()]);
    folder = await mkdtemp(join(tmpdir(), 'vivavoce-uploads-'));
  });
  afterAll(async () => {
    await browser.close();
    await test.stop();
    await rm(folder, { recursive: true });
  });

  const at = (path: string) => `${test.cloud.origin}/_console/${path}`;

  async function openUploads(options = {}): Promise<Page> {
    const page = await browser.open(test.cloud.consoleLink, options);
    await page.goto(at('uploads'));
    return page;
  }

  /** Writes files into a folder of the test's own. @returns its path */
  async function write(name: string, files: Record<string, Uint8Array | string>): Promise<string> {
    const root = join(folder, name);
    for (const [path, content] of Object.entries(files)) {
      await mkdir(join(root, path, '..'), { recursive: true });
      await writeFile(join(root, path), content);
    }
    return root;
  }

  /** Drops files or folders as the browser's own drag and drop does. */
  async function drop(page: Page, paths: readonly string[]): Promise<void> {
    const box = await page.getByRole('heading', { name: 'Enroll callers' }).boundingBox();
    const debug = await page.context().newCDPSession(page);
    const data = { items: [], files: [...paths], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      await debug.send('Input.dispatchDragEvent', { type, x: (box?.x ?? 0) + 5, y: (box?.y ?? 0) + 5, data });
    }
    await debug.detach();
  }

  const keysOf = async (bucket: string) =>
    ((await test.s3.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents ?? []).map(({ Key = '' }) => Key);
  const text = (page: Page) => page.getByRole('textbox', { name: 'The file’s text' });
  const status = (page: Page) => page.getByRole('status', { name: 'State of this upload' });

  it('a folder with a list that has two mistakes: they are named at their lines, mended on the page, and the callers enrolled', async () => {
    const [one, two] = await Promise.all([0, 1].map((index) => recordCall(callers[index] ?? { voice: 'slt' }, index)));
    const list = 'SpeakerId,Recording\nsecret-ann,ann/call.wav\nid#ben,ben/call.wav\nsecret-ann,ann/more.wav\n';
    const root = await write('monday', { 'list.csv': list, 'ann/call.wav': one ?? '', 'ben/call.wav': two ?? '' });
    const page = await openUploads();
    await drop(page, [root]);

    await expect.poll(() => status(page).textContent()).toMatch(/^2 problems\./);
    const problems = page.getByRole('list').getByRole('listitem');
    expect(await problems.allInnerTexts()).toEqual([
      expect.stringMatching(/Line 3, column 1.*SpeakerId of 6 characters.*id#ben,ben/s),
      expect.stringMatching(/Line 4, column 12.*'ann\/more.wav', which is not there.*ann\/more.wav/s),
    ]);
    const send = page.getByRole('button', { name: /start/ });
    expect(await send.isDisabled()).toBe(true);
    expect(await seriousFaults(page)).toEqual([]);

    await page.getByRole('link', { name: 'Line 3, column 1' }).click();
    await page.keyboard.type('secret-ben');
    await expect.poll(() => status(page).textContent()).toMatch(/^1 problem\./);
    await page.getByRole('link', { name: 'Line 4, column 12' }).click();
    await page.keyboard.type('ann/call.wav');
    await expect.poll(() => status(page).textContent()).toMatch(/^No problems\./);
    expect(await text(page).inputValue()).toBe(list.replace('id#ben', 'secret-ben').replace('more', 'call'));
    expect(await keysOf(RECORDINGS)).toEqual([]);

    await send.click();
    await page.waitForURL(/\/runs\/[\w-]{43}$/);
    const [ending] = await test.endings(['list.json']);
    expect(ending?.detail).toMatchObject({ status: 'COMPLETED', counts: { requested: 2, enrolled: 2 } });
    expect(page.url()).toBe(at(`runs/${ending?.detail.uploadId}`));
    expect(await keysOf(RECORDINGS)).toEqual([
      expect.stringMatching(/^list-\d{8}-\d{6}\/monday\/ann\/call.wav$/),
      expect.stringMatching(/^list-\d{8}-\d{6}\/monday\/ben\/call.wav$/),
    ]);
    for (const SpeakerId of ['secret-ann', 'secret-ben']) {
      const asked = new DescribeSpeakerCommand({ DomainId: test.cloud.domainId, SpeakerId });
      expect((await test.voiceId.send(asked)).Speaker?.Status).toBe('ENROLLED');
    }
    expect(test.logs()).not.toContain('secret-');
    expect(browser.trouble).toEqual([]);
  });
});
