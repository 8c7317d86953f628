import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { DescribeSpeakerCommand } from '@aws-sdk/client-voice-id';
import type { FileChooser, Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { callers } from '../../cli/demo/callers.ts';
import { MANIFESTS, RECORDINGS } from '../../local/account.ts';
import { startTestCloud, type TestCloud } from '../e2e/cloud.ts';
import { recordCall } from '../speech.ts';
import { type ConsoleBrowser, describeInBrowser, seriousFaults, startBrowser, tabTo } from './browser.ts';

const manifestSchema = z.object({
  SpeakerEnrollmentRequests: z.array(z.object({ SpeakerId: z.string(), AudioSpecifications: z.array(z.unknown()) })),
});

/** A request whose id is of no person, as ids should be. */
const request = (SpeakerId: string, recording: string, ChannelId = 0) => ({
  RequestId: `r-${recording}`,
  SpeakerId,
  AudioSpecifications: [{ S3Uri: `s3://${RECORDINGS}/${recording}`, ChannelId }],
});
const manifestOf = (...SpeakerEnrollmentRequests: object[]) =>
  JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests });

describeInBrowser('Uploads', () => {
  /** Every address that a page asked for. */
  const visited: string[] = [];
  const pages: Page[] = [];
  let test: TestCloud;
  let browser: ConsoleBrowser;
  let folder: string;

  beforeAll(async () => {
    [test, browser] = await Promise.all([startTestCloud(), startBrowser()]);
    // Its end is looked at later.
    await test.put(MANIFESTS, 'again.json', manifestOf(request('secret-cat', 'missing.wav')));
    folder = await mkdtemp(join(tmpdir(), 'vivavoce-uploads-'));
  });
  afterAll(async () => {
    await browser.close();
    await test.stop();
    await rm(folder, { recursive: true });
  });

  afterEach(async () => {
    for (const page of pages.splice(0)) await page.context().close();
    expect(visited.filter((url) => url.includes('secret-'))).toEqual([]);
    expect(test.logs()).not.toContain('secret-');
    expect(browser.trouble).toEqual([]);
  });

  const at = (path: string) => `${test.cloud.origin}/_console/${path}`;

  async function openUploads(options = {}): Promise<Page> {
    const page = await browser.open(test.cloud.consoleLink, options);
    page.on('request', (asked) => visited.push(asked.url()));
    pages.push(page);
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
    // The same is at the top of the runs.
    await page.goto(at('runs'));
    await drop(page, [root]);

    await expect.poll(() => status(page).textContent()).toMatch(/^2 problems\./);
    const problems = page.getByRole('list').first().getByRole('listitem');
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
  });

  it('a manifest by the keyboard alone: its mistake has a place, is mended there, and the upload goes on', async () => {
    const page = await openUploads();
    const manifest = { Version: '1.0', SpeakerEnrollmentRequests: [request('secret-key', 'nowhere.wav', 7)] };
    const root = await write('keyboard', { 'keys.json': JSON.stringify(manifest, null, 2) });
    const dialogs: FileChooser[] = [];
    page.on('filechooser', (dialog) => dialogs.push(dialog));
    await tabTo(page, page.getByLabel('Choose files'));
    await page.keyboard.press('Enter');
    await expect.poll(() => dialogs.length).toBe(1);
    await dialogs[0]?.setFiles(join(root, 'keys.json'));

    await expect.poll(() => status(page).textContent()).toMatch(/^1 problem\./);
    const problem = page.getByRole('list').getByRole('listitem');
    expect(await problem.innerText()).toMatch(
      /Line 10, column 24 SpeakerEnrollmentRequests\[0\].AudioSpecifications\[0\].ChannelId\s+Found the number 7, expected the number 0 or 1\.\s+"ChannelId": 7/,
    );
    await tabTo(page, page.getByRole('link', { name: 'Line 10, column 24' }));
    await page.keyboard.press('Enter');
    await page.keyboard.type('0');
    await expect.poll(() => status(page).textContent()).toMatch(/^No problems\. 1 speaker, 1 recording\.$/);
    await tabTo(page, page.getByText('Choices for this upload'));
    await page.keyboard.press('Enter');
    await tabTo(page, page.getByLabel('Folder in the bucket'));
    await page.keyboard.type('by hand/');
    await tabTo(page, page.getByLabel('Callers who are enrolled'));
    await page.keyboard.press('ArrowDown');
    expect(await seriousFaults(page)).toEqual([]);
    await tabTo(page, page.getByRole('button', { name: 'Upload and start' }));
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/runs\/[\w-]{43}$/);

    const stored = await test.s3.send(new HeadObjectCommand({ Bucket: MANIFESTS, Key: 'by hand/keys.json' }));
    expect(stored.Metadata).toEqual({ 'domain-id': test.cloud.domainId, 'existing-enrollment-action': 'SKIP' });
  });

  it('a run’s retry.json is mended and dropped again', async () => {
    const [ending] = await test.endings(['again.json']);
    const page = await openUploads();
    await page.goto(at(`runs/${ending?.detail.uploadId}`));
    await page.getByRole('button', { name: 'Mend those that failed, and drop them again' }).click();
    await page.waitForURL(/\/uploads\/edit\/[\w-]{16}$/);
    await expect.poll(() => status(page).textContent()).toMatch(/^No problems\./);
    expect(await seriousFaults(page)).toEqual([]);
    await text(page).fill((await text(page).inputValue()).replace('/missing.wav', '/missing.mp3'));
    await expect.poll(() => status(page).textContent()).toMatch(/^1 problem\./);
    await text(page).fill((await text(page).inputValue()).replace('/missing.mp3', '/elsewhere.wav'));
    await page.getByRole('button', { name: 'Upload and start' }).click();
    await page.waitForURL(/\/runs\/[\w-]{43}$/);
    expect(await test.getJson(`s3://${MANIFESTS}/again-retry.json`)).toMatchObject({
      SpeakerEnrollmentRequests: [{ AudioSpecifications: [{ S3Uri: `s3://${RECORDINGS}/elsewhere.wav` }] }],
    });
    // The browser goes back to the page, and has it anew.
    await page.goBack();
    await expect.poll(() => status(page).textContent()).toMatch(/^No problems\./);
    await page.goto(at('uploads/edit/AAAAAAAAAAAAAAAA'));
    await page.getByText('Open it again from the page of its run.').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('names with HTML and with right-to-left text are text, and a folder says what it leaves out', async () => {
    const names = ['<img src=x onerror=alert(1)>', '\u202Etxet', 'secret-dan'];
    const recordings = Object.fromEntries(names.map((name) => [`calls/${name}/<b>call</b>.wav`, 'a call']));
    const root = await write('names', { ...recordings, 'calls/stray.wav': 'a call', 'calls/notes.txt': 'a note' });
    const page = await openUploads();
    await page.getByLabel('Choose a folder').setInputFiles(join(root, 'calls'));
    await expect.poll(() => status(page).textContent()).toMatch(/^2 problems\./);
    expect(await page.getByRole('heading', { name: 'calls' }).innerText()).toBe('calls');
    expect(await page.getByRole('img').count()).toBe(0);
    const list = page.getByRole('list').first();
    expect(await list.innerText()).toContain(
      '<img src=x onerror=alert(1)>,calls/<img src=x onerror=alert(1)>/<b>call</b>',
    );
    expect(await list.locator('bdi').filter({ hasText: '\u202E' }).count()).toBeGreaterThan(0);
    await page.getByText('Left out: 2').click();
    await page.getByText('calls/stray.wav: in no folder of a speaker').waitFor();
    await page.getByText('1 file that is no .wav').waitFor();
    await text(page).fill((await text(page).inputValue()).replace(/^<.*?>/m, 'one').replace(/^\u202E\w*/m, 'two'));
    await expect
      .poll(() => status(page).textContent())
      .toMatch(/^No problems\. 3 speakers, 3 recordings, of which 3 \(18 bytes\) are uploaded first\.$/);
    await page.getByLabel('Where the caller is').selectOption('second channel');
    await page.getByRole('button', { name: 'Upload recordings and start' }).click();
    await page.waitForURL(/\/runs\/[\w-]{43}$/);
    const { SpeakerEnrollmentRequests: requests } = manifestSchema.parse(
      await test.getJson(`s3://${MANIFESTS}/calls.json`),
    );
    expect(requests.map(({ SpeakerId }) => SpeakerId)).toEqual(['one', 'secret-dan', 'two']);
    expect(requests[0]?.AudioSpecifications).toEqual([
      { S3Uri: expect.stringContaining('/calls/<img src=x onerror=alert(1)>/<b>call</b>.wav'), ChannelId: 1 },
    ]);
  });

  it('what fails is tried again alone, what is cancelled starts nothing, and a closing page asks', async () => {
    const calls = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`secret-eve/call-${i}.wav`, `call ${i}`]));
    const root = await write('unreliable', {
      ...calls,
      'eve.csv': `SpeakerId,Recording\n${Object.keys(calls)
        .map((path) => `secret-eve,${path}\n`)
        .join('')}`,
    });
    const page = await openUploads();
    await drop(page, [root]);
    await expect.poll(() => status(page).textContent()).toMatch(/^No problems\. 1 speaker, 6 recordings/);

    const held: Route[] = [];
    let answer: (route: Route) => unknown = (route) => held.push(route);
    await page.route('**/uploads/recordings', (route) => void answer(route));
    await page.getByRole('button', { name: 'Upload recordings and start' }).click();
    await expect.poll(() => held.length).toBe(4);
    expect(await seriousFaults(page)).toEqual([]);
    const asked = page.waitForEvent('dialog');
    await page.close({ runBeforeUnload: true });
    const dialog = await asked;
    expect(dialog.type()).toBe('beforeunload');
    await dialog.dismiss();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('6 of 6 recordings were not uploaded. Nothing was started.').waitFor();

    // One fails, the others arrive.
    let count = 0;
    answer = (route) => (count++ === 2 ? route.abort() : route.continue());
    const retry = page.getByRole('button', { name: 'Retry those that failed' });
    await retry.click();
    await page.getByText('1 of 6 recordings were not uploaded. Nothing was started.').waitFor();
    expect(count).toBe(6);
    const there = async () => (await keysOf(RECORDINGS)).filter((key) => key.startsWith('eve-'));
    expect(await there()).toHaveLength(5);
    expect(await keysOf(MANIFESTS)).not.toContain('eve.json');
    await retry.click();
    await page.waitForURL(/\/runs\/[\w-]{43}$/);
    expect(count).toBe(7);
    expect(await there()).toHaveLength(6);
  });

  it('a list may come before its recordings, which are asked for', async () => {
    const root = await write('apart', {
      'late.csv': 'SpeakerId,Recording\nsecret-fay,fay/1.wav\n',
      'calls/fay/1.wav': 'a call',
    });
    const page = await openUploads();
    await page.clock.install();
    await page.reload();
    await page.getByLabel('Choose files').setInputFiles(join(root, 'late.csv'));
    await page.getByText('expected its folder to be dropped, too, or an s3:// URI').waitFor();
    await page.getByLabel('Choose a folder').setInputFiles(join(root, 'calls'));
    await expect.poll(() => status(page).textContent()).toMatch(/^No problems\. 1 speaker, 1 recording, of which 1/);

    // An answer to what the text was before comes to nothing, however soon: before the pause in which the next is asked.
    await page.clock.pauseAt(Date.now() + 3_600_000);
    await page.route('**/uploads/check', () => undefined, { times: 1 });
    await page.getByRole('button', { name: 'Check again' }).click();
    const gone = page.waitForEvent('requestfailed');
    await text(page).fill('SpeakerId,Recording\nsecret-fay,fay/2.wav\n');
    expect(new URL((await gone).url()).pathname).toBe('/_console/uploads/check');
    await page.clock.resume();
    await expect.poll(() => status(page).textContent()).toMatch(/^1 problem\./);
  });

  it('of a file of 12,000 lines a part is shown, and its mistake is found and mended there', async () => {
    const requests = Array.from({ length: 10_000 }, (_, i) => request(`caller-${i}`, `${i}.wav`, i === 9_000 ? 2 : 0));
    const big = manifestOf(...requests).replaceAll('{"RequestId"', '\n{"RequestId"');
    const root = await write('big', { 'big.json': big });
    const page = await openUploads();
    await page.getByLabel('Choose files').setInputFiles(join(root, 'big.json'));
    await expect.poll(() => status(page).textContent()).toMatch(/^1 problem\./);
    await page.getByRole('link', { name: 'Line 9002, column' }).click();
    expect((await text(page).inputValue()).length).toBeLessThan(20_000);
    await page.keyboard.type('1');
    await expect.poll(() => status(page).textContent()).toMatch(/^No problems\. 10,000 speakers/);
    await page.getByRole('button', { name: 'Earlier lines' }).click();
    await text(page).fill((await text(page).inputValue()).replace('"ChannelId":0', '"ChannelId":3'));
    await expect.poll(() => status(page).textContent()).toMatch(/^1 problem\./);
  });

  it('a manifest of the stack’s that is too long for a page is fetched by the page’s script', async () => {
    const requests = Array.from({ length: 2_000 }, (_, i) => request(`caller-${i}`, `${i}.wav`, i === 1_999 ? 2 : 0));
    await test.put(MANIFESTS, 'long.json', manifestOf(...requests));
    const page = await openUploads();
    await page.setContent(
      `<form method="post" action="${at('uploads/edit')}"><button name="uri" value="s3://${MANIFESTS}/long.json">Mend</button></form>`,
    );
    await page.getByRole('button', { name: 'Mend' }).click();
    // The problem is on the page from the first, the text only when the script has it.
    await expect.poll(() => text(page).inputValue()).not.toBe('');
    await page.getByRole('link', { name: 'Line 1, column' }).click();
    await page.keyboard.type('1');
    await expect.poll(() => status(page).textContent()).toMatch(/^No problems\. 2,000 speakers/);
  });

  it('what a form can’t be answered with leads back to the page that it is on', async () => {
    const page = await openUploads();
    await page.setContent(
      `<form method="post" action="${at('uploads/edit')}"><button name="uri" value="s3://another/one.json">Mend</button></form>`,
    );
    await page.getByRole('button', { name: 'Mend' }).click();
    await page.getByRole('alert').getByText('Found no manifest in one of the buckets of this stack').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('link', { name: 'Back to the page before' }).click();
    await page.waitForURL(at('uploads'));
    // An address that a form was posted to is one to go to as well.
    const posted = [
      ['uploads/edit', 'runs'],
      ['voices/find', 'voices'],
      ['voices/erasures', 'voices'],
      ['voices/erasures/AAAAAAAAAAAAAAAA/search', 'voices/erasures/AAAAAAAAAAAAAAAA'],
      [`voices/fraudsters/${'f'.repeat(22)}/off`, `voices/fraudsters/${'f'.repeat(22)}`],
    ];
    for (const [path = '', leads = ''] of posted) {
      await page.goto(at(path));
      expect(page.url()).toBe(at(leads));
    }
  });

  it('what can’t be used is refused in words', async () => {
    const root = await write('odd', { 'call.mp3': 'ID3', 'utf16.json': Buffer.from('\uFEFF{}', 'utf16le') });
    const page = await openUploads();
    for (const [name, message] of [
      ['call.mp3', /Found 'call.mp3', expected a manifest \(.json\), a list \(.csv\) or folders/],
      ['utf16.json', /Found UTF-16 text, expected UTF-8/],
    ] as const) {
      await drop(page, [join(root, name)]);
      await page.getByRole('status').or(page.getByRole('listitem')).filter({ hasText: message }).waitFor();
      expect(await page.getByRole('button', { name: 'Upload and start' }).isDisabled()).toBe(true);
    }
  });

  it('without a script a manifest is uploaded all the same, and mended', async () => {
    const root = await write('plain', { 'plain.json': manifestOf(request('secret-gus', 'none.wav', 5)) });
    const page = await openUploads({ javaScriptEnabled: false });
    await page.getByLabel('Choose files').setInputFiles(join(root, 'plain.json'));
    await page.getByRole('button', { name: 'Upload' }).click();
    await page.getByText('Found the number 5, expected the number 0 or 1.').waitFor();
    await text(page).fill(manifestOf(request('secret-gus', 'none.wav')));
    await page.getByRole('button', { name: 'Upload and start' }).click();
    await page.waitForURL(/\/runs\/[\w-]{43}$/);
    expect(await test.getJson(`s3://${MANIFESTS}/plain.json`)).toEqual(
      JSON.parse(manifestOf(request('secret-gus', 'none.wav'))),
    );
  });
});
