import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run as report } from '../../cli/commands/report.ts';
import { callers } from '../../cli/demo/callers.ts';
import { parseCsv } from '../../clients/manifest/csv.ts';
import { wavOf } from '../../engine/audio/wav-writer.ts';
import { output } from '../cli/run.ts';
import { startTestCloud, type TestCloud } from '../e2e/cloud.ts';
import { recordCall } from '../speech.ts';
import { type ConsoleBrowser, describeInBrowser, seriousFaults, startBrowser } from './browser.ts';

/** VIVAVOCE_TABLE_REQUESTS=2000 for a long table. */
const MANY = Number(process.env.VIVAVOCE_TABLE_REQUESTS ?? 120);
const PATIENCE_MS = 600_000;

const HTML = '<img src=x onerror=alert(1)>"&';
const FORMULA = '=HYPERLINK("http://x.example")';
/** Whose id no page may show before it is asked for. */
const SECRET = 'secret-caller';
/** One whose recordings are named after them, as they often are. */
const NAMESAKE = 'secret-namesake';

const request = (RequestId: string, SpeakerId: string, file: string, ChannelId = 0) => ({
  RequestId,
  SpeakerId,
  AudioSpecifications: [{ S3Uri: `s3://vivavoce-recordings/${file}`, ChannelId }],
});
const manifest = (...SpeakerEnrollmentRequests: unknown[]) =>
  JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests });

const MONDAY = manifest(
  request('good', 'one', 'one.wav'),
  request('again', 'one', 'one.wav'),
  request('agent', 'three', 'one.wav'),
  request('no-wav', NAMESAKE, `${NAMESAKE}/no.wav`),
  request('Silence-1', SECRET, 'silence.wav'),
  request('silence-2', 'six', 'silence.wav'),
  request('wrong-channel', 'seven', 'one.wav', 1),
  request(HTML, 'eight', 'missing.wav'),
  request(FORMULA, 'nine', 'missing.wav'),
  // With another's recording, by mistake.
  request('borrowed', 'ten', `${NAMESAKE}/no.wav`),
  {
    RequestId: 'mixed',
    SpeakerId: 'eleven',
    AudioSpecifications: ['silence', 'one', 'two'].map((name) => ({
      S3Uri: `s3://vivavoce-recordings/${name}.wav`,
      ChannelId: 0,
    })),
  },
);

describeInBrowser('how a job ended', () => {
  let test: TestCloud;
  let browser: ConsoleBrowser;
  let page: Page;
  let monday: string;
  let many: string;
  let upload: string;

  beforeAll(async () => {
    const [started, launched, call, another] = await Promise.all([
      startTestCloud(),
      startBrowser(),
      recordCall(callers[0] ?? { voice: 'slt' }),
      recordCall(callers[1] ?? { voice: 'rms' }, 1),
    ]);
    test = started;
    browser = launched;
    await test.put('vivavoce-recordings', 'one.wav', call);
    await test.put('vivavoce-recordings', 'two.wav', another);
    await test.put('vivavoce-recordings', `${NAMESAKE}/no.wav`, 'no recording at all');
    await test.put('vivavoce-recordings', 'silence.wav', wavOf([new Uint8Array(16_000 * 31)]));
    await test.put('vivavoce-manifests', '2026/monday ü.json', MONDAY);
    const missing = Array.from({ length: MANY }, (_, i) => request(`request-${i}`, `speaker-${i}`, `missing/${i}.wav`));
    await test.put('vivavoce-manifests', 'many.json', manifest(...missing));
    const endings = await test.endings(['2026/monday ü.json', 'many.json']);
    const jobOf = (key: string) => {
      const { jobId } = endings.find(({ detail }) => detail.manifest.key === key)?.detail ?? {};
      return `${test.cloud.origin}/_console/runs/job/${jobId}`;
    };
    monday = jobOf('2026/monday ü.json');
    many = jobOf('many.json');
    upload = endings.find(({ detail }) => monday.endsWith(detail.jobId ?? '-'))?.detail.uploadId ?? '';
    page = await browser.open(test.cloud.consoleLink);
  }, PATIENCE_MS);
  afterAll(async () => {
    await browser.close();
    await test.stop();
  });

  const names = async () => page.getByRole('rowheader').getByRole('link').allTextContents();

  it('failures come first, by their cause with what to do, then the others', async () => {
    await page.goto(monday);
    expect(await page.content()).not.toContain('secret');
    const bar = page.getByRole('table', { name: 'How the requests ended' });
    expect(await bar.getByRole('row').allTextContents()).toEqual([
      'OutcomeRequestsShare',
      'failed873%',
      'enrolled218%',
      'skipped, as enrolled already19%',
    ]);
    expect(await page.getByRole('heading', { level: 3 }).allTextContents()).toEqual([
      "2 × a recording that can't be used: a file of … bytes that is no WAV file",
      '2 × not enough speech',
      "2 × a recording that can't be read: no such object (NoSuchKey)",
      '1 × a channel that the recording does not have',
      '1 × recordings of different people',
      '2 × enrolled',
      '1 × skipped, as enrolled already',
    ]);
    expect(await names()).toEqual([
      'no-wav',
      'borrowed',
      'Silence-1',
      'silence-2',
      HTML,
      FORMULA,
      'wrong-channel',
      'mixed',
      'good',
      'agent',
      'again',
    ]);
    const advice = page.getByRole('listitem').filter({ hasText: 'Correct the ChannelId: a recording of one channel' });
    await advice.getByRole('link').click();
    await page.waitForURL(/#requests$/);
    expect(await names()).toEqual(['wrong-channel']);
    expect(await page.getByRole('listitem').filter({ hasText: 'good, agent' }).count()).toBe(1);
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('the table narrows as one types, and says how many there are', async () => {
    await page.goto(monday);
    const found = page.getByRole('status').filter({ hasText: 'requests' });
    expect(await found.textContent()).toBe('All 11 requests');
    const id = page.getByRole('searchbox', { name: 'Request id' });
    await id.pressSequentially('SILENCE');
    await page.waitForURL(/[?&]request=SILENCE(&|$)/);
    expect(await found.textContent()).toBe('2 of 11 requests');
    expect(await names()).toEqual(['Silence-1', 'silence-2']);
    expect(await id.inputValue()).toBe('SILENCE');
    await id.fill('nobody');
    await page.getByText('No request is like that.').waitFor();
    await id.fill('');
    await page.getByRole('combobox', { name: 'Outcome' }).selectOption('enrolled');
    await found.filter({ hasText: '2 of 11' }).waitFor();
    expect(await names()).toEqual(['good', 'agent']);
    await page.getByRole('combobox', { name: 'Outcome' }).selectOption('Any');
    await page.getByRole('combobox', { name: 'Cause' }).selectOption('a channel that the recording does not have');
    await found.filter({ hasText: '1 of 11' }).waitFor();
    expect(await names()).toEqual(['wrong-channel']);
    // What was found is there again when the page is loaded anew.
    await page.reload();
    expect(await names()).toEqual(['wrong-channel']);
  });

  it('without a script the form does the same by its button', async () => {
    const plain = await browser.open(test.cloud.consoleLink, { javaScriptEnabled: false });
    await plain.goto(monday);
    await plain.getByRole('searchbox', { name: 'Request id' }).fill('silence');
    await plain.getByRole('button', { name: 'Find' }).click();
    expect(await plain.getByRole('status').textContent()).toBe('2 of 11 requests');
    expect(await plain.getByRole('rowheader').getByRole('link').allTextContents()).toEqual(['Silence-1', 'silence-2']);
  });

  it('what is found is saved as CSV that no spreadsheet runs', async () => {
    await page.goto(monday);
    const saved = async () => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Save as CSV' }).click(),
      ]);
      const text = await readFile(await download.path(), 'utf8');
      return { name: download.suggestedFilename(), text, rows: parseCsv(text).map(({ cells }) => cells) };
    };
    const all = await saved();
    expect(all.name).toBe('monday-u-outcomes.csv');
    expect(all.text.startsWith('\uFEFF"RequestId","Outcome","Cause","WhatToDo","Message"\r\n')).toBe(true);
    expect(all.rows.slice(1).map(([id]) => id)).toEqual(
      (await names()).map((name) => (name === FORMULA ? `'${name}` : name)),
    );
    expect(all.rows.find(([id]) => id === 'wrong-channel')).toEqual([
      'wrong-channel',
      '400',
      'a channel that the recording does not have',
      'Correct the ChannelId: a recording of one channel has channel 0 alone.',
      "The recording [recording] can't be used: found 1 channel, expected channel 1, which the request asks for.",
    ]);
    expect(all.text).not.toContain('secret');
    await page.getByRole('combobox', { name: 'Outcome' }).selectOption('enrolled');
    await page.getByRole('status').filter({ hasText: '2 of 11' }).waitFor();
    expect((await saved()).rows.slice(1).map(([id, outcome]) => [id, outcome])).toEqual([
      ['good', 'NEW_ENROLLMENT'],
      ['agent', 'NEW_ENROLLMENT'],
    ]);
  });

  it('a request is looked at by the keyboard alone; whose it is, is shown when asked for', async () => {
    await page.goto(monday);
    await page.getByRole('searchbox', { name: 'Request id' }).focus();
    await page.keyboard.type('silence-1');
    await page.getByRole('status').filter({ hasText: '1 of 11' }).waitFor();
    const link = page.getByRole('link', { name: 'Silence-1' });
    for (let tabs = 0; tabs < 10 && !(await link.evaluate((at) => at.matches(':focus'))); tabs++) {
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Silence-1' }).waitFor();
    await page.getByText('Give the request more recordings of the caller').waitFor();
    expect(await page.getByText(SECRET).isVisible()).toBe(false);
    await page.getByText("Show the speaker's id").focus();
    await page.keyboard.press('Enter');
    expect(await page.getByText(SECRET).isVisible()).toBe(true);
    expect(await seriousFaults(page)).toEqual([]);
  });

  const look = async (id: string) => {
    await page.goto(monday);
    await page.getByRole('link', { name: id, exact: true }).click();
    await page.getByRole('heading', { level: 1, name: id }).waitFor();
  };

  it('a recording that is named after its speaker does not name them before it is asked for', async () => {
    await look('no-wav');
    const message = page.getByText(`The recording s3://vivavoce-recordings/${NAMESAKE}/no.wav can't be used`);
    expect(await message.isVisible()).toBe(false);
    await page.getByText("Show the speaker's id").click();
    expect(await message.isVisible()).toBe(true);
  });

  it('nor does a recording that is named after another caller, and no address has what a request is called', async () => {
    await look('borrowed');
    expect(page.url()).toMatch(/\/request\/\d+$/);
    await page.getByRole('listitem').filter({ hasText: 'Recording 1' }).waitFor();
    expect(await page.getByText(NAMESAKE).filter({ visible: true }).count()).toBe(0);
    await page.getByText("Show the speaker's id").click();
    expect(await page.getByText(NAMESAKE).filter({ visible: true }).count()).toBeGreaterThan(0);
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('of recordings of different people each is called by its number, as they are listed', async () => {
    await look('mixed');
    await page
      .getByText(/The recordings \[recording [23]\] and \[recording [23]\] sound like different people/)
      .waitFor();
    expect(await page.getByRole('listitem').allTextContents()).toEqual(
      [1, 2, 3].map((number) => expect.stringMatching(new RegExp(`^Recording ${number}, channel 0`))),
    );
  });

  it('a request whose id is HTML is text', async () => {
    await page.goto(monday);
    await page.getByRole('link', { name: HTML, exact: true }).click();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(HTML);
    expect(await page.getByRole('img').count()).toBe(0);
    await page.getByText("Show the speaker's id").click();
    expect(await page.getByText('s3://vivavoce-recordings/missing.wav', { exact: true }).isVisible()).toBe(true);
  });

  it('on the page of its upload it is the same', async () => {
    await page.goto(`${test.cloud.origin}/_console/runs/${upload}`);
    await page.getByRole('heading', { name: 'The story' }).waitFor();
    await page.getByRole('searchbox', { name: 'Request id' }).fill('silence');
    await page.waitForURL(new RegExp(`/runs/${upload}[?].*request=silence`));
    expect(await names()).toEqual(['Silence-1', 'silence-2']);
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('what failed is mended on the page, and its recordings are looked at', async () => {
    await look('silence-2');
    await page.getByRole('button', { name: 'Look at recording 1' }).click();
    await page.getByRole('heading', { level: 1, name: 'Listen' }).waitFor();
    await page.getByText('Not enough speech').first().waitFor();
    await page.goto(monday);
    await page.getByRole('button', { name: 'Mend those that failed, and drop them again' }).click();
    await page.getByRole('heading', { name: 'Mend and upload' }).waitFor();
    expect(await page.getByRole('textbox').first().inputValue()).toContain('"RequestId": "wrong-channel"');
  });

  it('where the manifest of those that failed is gone, that is said in place of the offer', async () => {
    const run = `${test.cloud.origin}/_console/runs/${upload}`;
    await page.goto(run);
    const mend = page.getByRole('button', { name: 'Mend those that failed, and drop them again' });
    await mend.click();
    await page.waitForURL(/\/uploads\/edit\//);
    const opened = page.url();
    const { Contents } = await test.s3.send(new ListObjectsV2Command({ Bucket: 'vivavoce-results' }));
    const Key = Contents?.find((object) => object.Key?.endsWith(`${monday.slice(-22)}/retry.json`))?.Key;
    const retry = await test.getJson(`s3://vivavoce-results/${Key}`);
    await test.s3.send(new DeleteObjectCommand({ Bucket: 'vivavoce-results', Key }));
    await page.goto(run);
    await page.getByText('retry.json, the manifest of those that failed, is gone').waitFor();
    expect(await mend.count()).toBe(0);
    expect(await page.getByText('drop the retry manifest').count()).toBe(0);
    expect(await seriousFaults(page)).toEqual([]);
    expect((await page.goto(opened))?.status()).toBe(404);
    await page.getByText('The manifest that was mended here is gone').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await test.put('vivavoce-results', Key ?? '', JSON.stringify(retry));
  });

  it('the report in a file is the same, and loads nothing', async () => {
    const file = join(test.dataDir, 'report.html');
    await output(report, monday.slice(-22), '--endpoint-url', test.cloud.origin, '--html', file);
    const alone = await page.context().newPage();
    const asked: string[] = [];
    alone.on('request', (one) => asked.push(one.url()));
    await alone.goto(`file://${file}`);
    expect(asked).toEqual([`file://${file}`]);
    expect(await alone.getByRole('heading', { level: 3 }).allTextContents()).toContain('2 × not enough speech');
    expect(await alone.getByRole('rowheader', { name: 'good' }).isVisible()).toBe(false);
    await alone.getByText('2 requests').click();
    expect(await alone.getByRole('rowheader', { name: 'good' }).isVisible()).toBe(true);
    const hrefs = await alone.getByRole('link').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
    expect(hrefs.map((href) => href?.[0])).toEqual(Array.from({ length: 5 }, () => '#'));
    expect(await alone.content()).not.toContain('secret');
    expect(await seriousFaults(alone)).toEqual([]);
  });

  it(
    'a long table is there as a whole, for a screen reader, too',
    async () => {
      await page.goto(many);
      expect(await page.getByRole('status').filter({ hasText: 'requests' }).textContent()).toBe(
        `All ${MANY.toLocaleString('en')} requests`,
      );
      const rows = page.getByRole('table', { name: "Failed: a recording that can't be read" }).getByRole('row');
      expect(await rows.count()).toBe(MANY + 1);
      const last = page.getByRole('link', { name: `request-${MANY - 1}`, exact: true });
      await last.scrollIntoViewIfNeeded();
      expect(await last.isVisible()).toBe(true);
      await expect.poll(() => page.locator('.chunk').count(), { timeout: PATIENCE_MS }).toBe(0);
      await page.getByRole('searchbox', { name: 'Request id' }).fill(`request-${MANY - 1}`);
      await page.getByRole('status').filter({ hasText: '1 of ' }).waitFor();
      expect(await names()).toEqual([`request-${MANY - 1}`]);
    },
    PATIENCE_MS,
  );

  it('an output file that was deleted since is said to be, with why that may be', async () => {
    const prefix = await test.s3.send(new ListObjectsV2Command({ Bucket: 'vivavoce-results', Prefix: 'many/' }));
    const Key = prefix.Contents?.find((object) => object.Key?.endsWith('.out'))?.Key;
    await test.s3.send(new DeleteObjectCommand({ Bucket: 'vivavoce-results', Key }));
    const status = async (path = '') => (await page.goto(`${many}${path}`))?.status();
    expect(await status()).toBe(200);
    await page.getByText("the job's output file is gone. An erasure deletes").waitFor();
    await page.getByText('completed with errors').waitFor();
    expect(await page.getByRole('heading', { name: 'Requests' }).count()).toBe(0);
    expect(await seriousFaults(page)).toEqual([]);
    for (const path of ['/request/1', '/requests.csv']) {
      expect(await status(path)).toBe(410);
      await page.getByText("the job's output file is gone").waitFor();
    }
    const { code, stdout } = await output(report, many.slice(-22), '--endpoint-url', test.cloud.origin);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /: COMPLETED_WITH_ERRORS\n\nIts output file s3:.*many\.json\.out is not there any more\. An erasure/,
    );
  });

  it('there is no job of another id, and no request', async () => {
    for (const number of ['0', '12', 'none']) {
      expect((await page.goto(`${monday}/request/${number}`))?.status()).toBe(404);
    }
    expect((await page.goto(monday.replace(/.{22}$/, 'x'.repeat(22))))?.status()).toBe(404);
  });

  it('asked no other host for anything, and nothing went wrong', () => {
    expect(browser.trouble).toEqual([]);
  });
});
