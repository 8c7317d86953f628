import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run as thresholds } from '../../cli/commands/thresholds.ts';
import { callers } from '../../cli/demo/callers.ts';
import { output } from '../cli/run.ts';
import { startTestCloud, type TestCloud } from '../e2e/cloud.ts';
import { recordCall } from '../speech.ts';
import { type ConsoleBrowser, describeInBrowser, seriousFaults, startBrowser } from './browser.ts';

const IDS = ['customer-4711', 'customer-4712'];

describeInBrowser('thresholds', () => {
  let test: TestCloud;
  let browser: ConsoleBrowser;
  beforeAll(async () => {
    [test, browser] = await Promise.all([startTestCloud(), startBrowser()]);
  });
  afterAll(() => Promise.all([test.stop(), browser.close()]));

  const open = async () => {
    const page = await browser.open(test.cloud.consoleLink);
    await page.getByRole('link', { name: 'Thresholds' }).click();
    await page.getByRole('heading', { name: 'Thresholds', level: 1 }).waitFor();
    return page;
  };

  it('say that it is too early where nobody is enrolled, and name the model', async () => {
    const page = await open();
    expect(await page.getByText('Too early to say: 0 callers are enrolled').isVisible()).toBe(true);
    expect(await page.getByRole('slider').count()).toBe(0);
    expect(await page.getByText('vivavoce-campplus-8k, which comes with Vivavoce').isVisible()).toBe(true);
    expect(await page.getByText('every voiceprint is of the model in use').isVisible()).toBe(true);
    const measured = page.getByRole('row', {
      name: /^the same over hard telephone lines 6 0.2 %, 0 % to 0.4 % 0 % 8 %$/,
    });
    expect(await measured.isVisible()).toBe(true);
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('say what any score means among two callers, by keyboard, and name none of them', async () => {
    const requests = [];
    for (const [i, SpeakerId] of IDS.entries()) {
      await test.put('vivavoce-recordings', `${i}.wav`, await recordCall(callers[i] ?? { voice: 'slt' }, i));
      const AudioSpecifications = [{ S3Uri: `s3://vivavoce-recordings/${i}.wav`, ChannelId: 0 }];
      requests.push({ RequestId: `r${i}`, SpeakerId, AudioSpecifications });
    }
    const manifest = { Version: '1.0', SpeakerEnrollmentRequests: requests };
    await test.put('vivavoce-manifests', 'two.json', JSON.stringify(manifest));
    await test.endings(['two.json']);

    const page = await open();
    expect(await page.getByText('Too few to rely on: 2 enrolled callers').isVisible()).toBe(true);
    expect(
      await page
        .getByRole('img', { name: /^How often strangers reach a score here: .* reach 20, .* reach 90/ })
        .count(),
    ).toBe(1);
    const said = page.getByRole('region', { name: 'What if the threshold were another' }).getByRole('status');
    expect(await said.textContent()).toMatch(
      /^Nobody reaches 90, in 1 comparison. With 95 % confidence it is at most 100 %/,
    );

    const slider = page.getByRole('slider', { name: 'Threshold, 0 to 100' });
    await slider.focus();
    await page.keyboard.press('Home');
    await page.getByText('Every stranger reaches 0.').waitFor();
    expect(await slider.evaluate('document.activeElement.id')).toBe('score');
    expect(new URL(page.url()).search).toBe('?score=0');
    await page.keyboard.press('ArrowRight');
    await page.getByText(/reach(es)? 1[:,.]/).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    const html = await page.content();
    for (const id of IDS) expect(html).not.toContain(id);
    expect(html).not.toContain('id#');

    // On a telephone no word is broken, and the page does not scroll sideways.
    await page.setViewportSize({ width: 360, height: 700 });
    const lines = `(() => { const range = document.createRange();
      const { firstChild } = [...document.querySelectorAll('td')].find((cell) => cell.textContent.startsWith('accepted'));
      range.setStart(firstChild, 0);
      range.setEnd(firstChild, 'accepted'.length);
      return range.getClientRects().length; })()`;
    expect(await page.evaluate(lines)).toBe(1);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('take a score from the address without a script, and none that is no score', async () => {
    const page = await browser.open(test.cloud.consoleLink, { javaScriptEnabled: false });
    await page.goto(`${test.cloud.origin}/_console/thresholds?score=100`);
    expect(await page.getByRole('status').textContent()).toContain('Nobody reaches 100');
    await page.goto(`${test.cloud.origin}/_console/thresholds?score=${encodeURIComponent('"><b>')}`);
    expect(await page.getByRole('status').textContent()).toContain('Nobody reaches 90');
  });

  it('are a file, too, that stands alone and names nobody', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vivavoce-thresholds-'));
    const file = join(folder, 'thresholds.html');
    try {
      const { code } = await output(thresholds, '--endpoint-url', test.cloud.origin, '--html', file);
      expect(code).toBe(0);
      const page = await browser.open(test.cloud.consoleLink);
      await page.goto(pathToFileURL(file).href);
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('What scores mean in this domain');
      expect(await page.getByRole('img', { name: /^How often strangers reach a score here/ }).isVisible()).toBe(true);
      expect(await page.getByRole('link').or(page.getByRole('slider')).count()).toBe(0);
      expect(await seriousFaults(page)).toEqual([]);
      const html = await readFile(file, 'utf8');
      for (const id of IDS) expect(html).not.toContain(id);
    } finally {
      await rm(folder, { recursive: true });
    }
    expect(browser.trouble).toEqual([]);
  });
});
