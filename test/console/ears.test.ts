import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callers } from '../../cli/demo/callers.ts';
import { wavOf } from '../../engine/audio/wav-writer.ts';
import { startTestCloud, type TestCloud } from '../e2e/cloud.ts';
import { recordCall } from '../speech.ts';
import { type ConsoleBrowser, describeInBrowser, seriousFaults, startBrowser } from './browser.ts';

const IDS = ['customer-4711', 'customer-4712'];
const SECOND = 16_000;

describeInBrowser('listening to a recording', () => {
  let test: TestCloud;
  let browser: ConsoleBrowser;
  let directory: string;
  /** Of the first caller, and of both, one after the other. */
  let call: Uint8Array;
  let both: Uint8Array;
  const at = (name: string) => join(directory, name);

  beforeAll(async () => {
    [test, browser, directory] = await Promise.all([
      startTestCloud(),
      startBrowser(),
      mkdtemp(join(tmpdir(), 'vivavoce-ears-')),
    ]);
    const said = await Promise.all(IDS.map((_, i) => recordCall(callers[i] ?? { voice: 'slt' }, i)));
    const [first = new Uint8Array(), second = new Uint8Array()] = said.map((bytes) => bytes.subarray(44));
    const requests = [];
    for (const [i, SpeakerId] of IDS.entries()) {
      await test.put('vivavoce-recordings', `of ${SpeakerId}.wav`, said[i] ?? '');
      const AudioSpecifications = [{ S3Uri: `s3://vivavoce-recordings/of ${SpeakerId}.wav`, ChannelId: 0 }];
      requests.push({ RequestId: `r${i}`, SpeakerId, AudioSpecifications });
    }
    await test.put(
      'vivavoce-manifests',
      'two.json',
      JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests: requests }),
    );
    await test.endings(['two.json']);
    call = wavOf([new Uint8Array(3 * SECOND), first]);
    both = wavOf([first.subarray(0, 14 * SECOND), second.subarray(0, 14 * SECOND)]);
    await writeFile(at('call.wav'), call);
    await writeFile(at('both.wav'), both);
    await writeFile(at('large.wav'), '');
  }, 60_000);
  afterAll(async () => {
    await Promise.all([test.stop(), browser.close()]);
    await rm(directory, { recursive: true });
  });

  const open = async (options = {}) => {
    const page = await browser.open(test.cloud.consoleLink, options);
    await page.getByRole('link', { name: 'Listen' }).click();
    await page.getByRole('heading', { name: 'Listen', level: 1 }).waitFor();
    return page;
  };
  /** Nobody is named where it would stay: in addresses, and in what the browser stores. */
  const namesNobody = async (page: Page) => {
    expect(page.url()).toBe(`${test.cloud.origin}/_console/ears`);
    expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')).toBe('[{},{}]');
    for (const id of IDS) expect(test.logs()).not.toContain(id);
  };

  it('dropped on the page, it is drawn with its speech, played, and held against its caller and another', async () => {
    const page = await open();
    const dropped = await page.evaluateHandle(`(() => {
      const bytes = Uint8Array.from(atob('${Buffer.from(call).toString('base64')}'), (each) => each.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], 'call.wav', { type: 'audio/wav' }));
      return transfer;
    })()`);
    await page.getByLabel('Hold it against an enrolled caller').fill(IDS[0] ?? '');
    await page.locator('[data-ears-drop]').dispatchEvent('drop', { dataTransfer: dropped });

    await page.getByText('Good to enroll from.').waitFor();
    const drawn = page.getByRole('img', { name: /^Waveform of \d\d\.\d s: speech 3\d\.\d s\.$/ });
    expect(await drawn.isVisible()).toBe(true);
    expect(await page.getByText('30 s are needed').isVisible()).toBe(true);
    expect(await page.getByText('It sounds like them.').isVisible()).toBe(true);
    expect(await page.getByText(/A score of \d+, and 90 is accepted\./).isVisible()).toBe(true);
    expect(await page.getByRole('img', { name: /^How often strangers reach a score here/ }).count()).toBe(1);
    // The three seconds of silence before are no speech, for those who read it, too.
    await page.getByText('The same as a table').click();
    expect(
      await page
        .getByRole('cell', { name: /^[34]\.\d s$/ })
        .first()
        .isVisible(),
    ).toBe(true);
    // A click on the waveform takes the player along, and the line says where it is.
    await drawn.click();
    await page.waitForFunction(
      '(({ currentTime, duration }) => Math.abs(currentTime / duration - 0.5) < 0.01)(document.querySelector("audio"))',
    );
    await page.locator('.playhead[visibility="visible"]').waitFor({ state: 'attached' });
    expect(await seriousFaults(page)).toEqual([]);

    await page.getByLabel('Hold it against an enrolled caller').fill(IDS[1] ?? '');
    await page.getByRole('button', { name: 'Listen' }).click();
    await page.getByText('It does not sound like them.').waitFor();
    await namesNobody(page);
  });

  it('by keyboard alone: two people on it are told apart, and a caller who is not known is said to be none', async () => {
    const page = await open({ colorScheme: 'dark', viewport: { width: 390, height: 800 } });
    const chooser = page.waitForEvent('filechooser');
    await page.getByLabel('A WAV file').focus();
    await page.keyboard.press('Enter');
    await (await chooser).setFiles(at('both.wav'));
    await page.getByLabel('Hold it against an enrolled caller').focus();
    await page.keyboard.type('nobody-of-ours');
    await page.keyboard.press('Enter');
    await page.getByText('Would be refused: two people on one recording.').waitFor();
    expect(await page.getByRole('img', { name: /one voice 1\d\.\d s, another voice 1\d\.\d s\.$/ }).count()).toBe(1);
    expect(await page.getByRole('alert').textContent()).toContain('The speaker was not found.');
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(await seriousFaults(page)).toEqual([]);
    await namesNobody(page);
  });

  it('in S3 it is read there, and played; one that is not there says so', async () => {
    const page = await open();
    await page.getByLabel('Or where it is in S3').fill(`s3://vivavoce-recordings/of ${IDS[1]}.wav`);
    await page.getByLabel('Hold it against an enrolled caller').fill(IDS[1] ?? '');
    await page.getByRole('button', { name: 'Listen' }).click();
    await page.getByText('It sounds like them.').waitFor();
    await page.locator('audio[controls]').waitFor();
    await page.getByLabel('Or where it is in S3').fill('s3://vivavoce-recordings/gone.wav');
    await page.getByRole('button', { name: 'Listen' }).click();
    await page.getByText("Would be refused: a recording that can't be read: no such object (NoSuchKey).").waitFor();
    expect(await page.getByRole('img', { name: /^Waveform/ }).count()).toBe(0);
    await page.getByLabel('Or where it is in S3').fill('/home/me/call.wav');
    await page.getByRole('button', { name: 'Listen' }).click();
    await page.getByText('Give one recording').waitFor();
    // What can't be sent is not sent.
    await truncate(at('large.wav'), 20 * 1024 * 1024 + 1);
    await page.getByLabel('A WAV file').setInputFiles(at('large.wav'));
    await page.getByRole('button', { name: 'Listen' }).click();
    expect(await page.evaluate('document.getElementById("file").validationMessage')).toContain('larger than 20 MB');
    expect(await page.getByText('Give one recording').isVisible()).toBe(true);
    await namesNobody(page);
    expect(browser.trouble).toEqual([]);
  });

  it('works without a script, and what stands in a file name or an id is text', async () => {
    const page = await open({ javaScriptEnabled: false });
    await page
      .getByLabel('A WAV file')
      .setInputFiles({ name: '<b>x.wav', mimeType: 'audio/wav', buffer: Buffer.from('ID3 mp3') });
    await page.getByLabel('Hold it against an enrolled caller').fill('"><img src=x>');
    await page.getByRole('button', { name: 'Listen' }).click();
    await page.getByText("Would be refused: a recording that can't be used: an MP3 file.").waitFor();
    expect(await page.getByText(/ffmpeg -i 'recording.wav'/).isVisible()).toBe(true);
    expect(await page.locator('main img, main b').count()).toBe(0);
    expect(await page.getByLabel('Hold it against an enrolled caller').inputValue()).toBe('"><img src=x>');
    expect(browser.trouble).toEqual([]);
  });
});
