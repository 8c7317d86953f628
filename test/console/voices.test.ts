import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import {
  DeleteSpeakerCommand,
  DescribeFraudsterRegistrationJobCommand,
  DescribeSpeakerCommand,
  ListFraudstersCommand,
  OptOutSpeakerCommand,
  paginateListSpeakers,
  StartFraudsterRegistrationJobCommand,
} from '@aws-sdk/client-voice-id';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callers } from '../../cli/demo/callers.ts';
import { ROLE_ARN } from '../../local/account.ts';
import { startTestCloud, type TestCloud } from '../e2e/cloud.ts';
import { recordCall } from '../speech.ts';
import { type ConsoleBrowser, describeInBrowser, seriousFaults, startBrowser, tabTo } from './browser.ts';

/** One person's recording under two ids: the engine says so, and enrolls. The third has opted out, which costs no recording. */
const IDS = ['customer-4711', 'customer-4712', 'customer-4713'];
/** More than a page of them; they have opted out, so they cost no recording. */
const OTHERS = Array.from({ length: 60 }, (_, i) => `absent-${String(i).padStart(4, '0')}`);

describeInBrowser('voices', () => {
  let test: TestCloud;
  let browser: ConsoleBrowser;
  /** Every address that a page asked for. */
  const visited: string[] = [];

  const speaker = (SpeakerId: string) => ({ DomainId: test.cloud.domainId, SpeakerId });
  const path = (name: string) => `${test.cloud.origin}/_console/${name}`;
  const keysIn = async (Bucket: string) =>
    ((await test.s3.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).map(({ Key = '' }) => Key);

  beforeAll(async () => {
    const recorded = recordCall(callers[0] ?? { voice: 'slt' });
    [test, browser] = await Promise.all([startTestCloud(), startBrowser()]);
    const recording = await recorded;
    const requests = [];
    for (const [i, SpeakerId] of IDS.slice(0, 2).entries()) {
      await test.put('vivavoce-recordings', `calls/${SpeakerId}/1.wav`, recording);
      const AudioSpecifications = [{ S3Uri: `s3://vivavoce-recordings/calls/${SpeakerId}/1.wav`, ChannelId: 0 }];
      requests.push({ RequestId: `r${i}`, SpeakerId, AudioSpecifications });
    }
    const manifest = { Version: '1.0', SpeakerEnrollmentRequests: requests };
    await test.put('vivavoce-manifests', 'two.json', JSON.stringify(manifest));
    await test.endings(['two.json']);
    await test.voiceId.send(new OptOutSpeakerCommand(speaker('customer-4713')));
  });
  afterAll(() => Promise.all([test.stop(), browser.close()]));

  const open = async (name = 'Voices') => {
    const page = await browser.open(test.cloud.consoleLink);
    page.on('request', (request) => visited.push(request.url()));
    await page.getByRole('link', { name: 'Voices' }).click();
    if (name !== 'Voices') await page.getByRole('link', { name }).click();
    await page.getByRole('heading', { name, level: 1 }).waitFor();
    return page;
  };
  const find = async (page: Page, id: string) => {
    await page.getByLabel('Customer id, exactly').fill(id);
    await page.getByRole('button', { name: 'Find' }).click();
  };

  it('hides customer ids until somebody asks, one by one or all, and remembers nothing', async () => {
    const page = await open();
    expect(await page.getByRole('row').count()).toBe(1 + IDS.length);
    for (const id of IDS) expect(await page.content()).not.toContain(id);
    const first = page.getByRole('button', { name: /^Show the customer id of/ }).first();
    await tabTo(page, first);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: /^Hide the customer id of/ }).waitFor();
    // The focus is where it was: the next Enter hides it again.
    await page.getByText(/^customer-/).waitFor();
    expect(await page.getByText(/^customer-/).count()).toBe(1);
    await page.keyboard.press('Enter');
    await page.getByText(/^customer-/).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Show all customer ids on this page' }).click();
    await page.getByRole('button', { name: 'Hide all customer ids' }).waitFor();
    expect((await page.getByText(/^customer-/).allTextContents()).toSorted()).toEqual(IDS);
    expect(await seriousFaults(page)).toEqual([]);
    await page.reload();
    for (const id of IDS) expect(await page.content()).not.toContain(id);
  });

  it('shows them all by a double click as by a single one', async () => {
    const page = await open();
    let asked = 0;
    page.on('request', (request) => void (request.method() === 'POST' && asked++));
    await page.getByRole('button', { name: 'Show all customer ids on this page' }).dblclick({ delay: 50 });
    await page.waitForLoadState('networkidle');
    await page.getByRole('button', { name: 'Hide all customer ids' }).waitFor();
    expect(await page.getByText(/^customer-/).count()).toBe(IDS.length);
    expect(asked).toBe(1);
  });

  it('does the same without a script', async () => {
    const page = await browser.open(test.cloud.consoleLink, { javaScriptEnabled: false });
    await page.goto(path('voices'));
    await page
      .getByRole('button', { name: /^Show the customer id of/ })
      .first()
      .click();
    await page
      .getByRole('button', { name: /^Show the customer id of/ })
      .first()
      .click();
    expect(await page.getByText(/^customer-/).count()).toBe(2);
  });

  it('finds a speaker by exactly their id, and says what is known', async () => {
    const page = await open();
    await find(page, 'customer-471');
    await page.getByRole('heading', { name: 'Nobody has this id' }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await find(page, 'customer-4711');
    await page.getByRole('heading', { name: /^Speaker [a-zA-Z0-9]{22}$/ }).waitFor();
    expect(await page.getByText('enrolled', { exact: true }).isVisible()).toBe(true);
    expect(await page.getByText('A voiceprint of vivavoce-campplus-8k').isVisible()).toBe(true);
    expect(await page.getByText('customer-4711').count()).toBe(0);
    await page.getByRole('button', { name: 'Show the customer id' }).click();
    await page.getByText('customer-4711').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    // The browser goes back to whom it looked for before, and has it anew.
    await page.goBack();
    await page.getByRole('heading', { name: 'Nobody has this id' }).waitFor();
    expect(await page.getByLabel('Customer id, exactly').inputValue()).toBe('customer-471');
    await page.goForward();
    await page.getByRole('link', { name: 'Hold a recording against them' }).click();
    expect(await page.getByLabel('Hold it against an enrolled caller').inputValue()).toMatch(/^id#[a-zA-Z0-9]{22}$/);
  });

  it('erases one by the keyboard alone, with what names them, and leaves a receipt that does not say who it was', async () => {
    const page = await open();
    await find(page, 'customer-4712');
    await page.getByRole('heading', { name: /^Speaker / }).waitFor();
    await tabTo(page, page.getByRole('link', { name: 'Erase or opt out' }));
    await page.keyboard.press('Enter');
    const typed = page.getByLabel('Type their customer id');
    await typed.waitFor();
    expect(await seriousFaults(page)).toEqual([]);

    // Another's id, by mistake.
    await tabTo(page, page.getByRole('radio', { name: /^Delete/ }));
    await page.keyboard.press('Space');
    await tabTo(page, typed);
    await page.keyboard.type('customer-4711');
    await page.keyboard.press('Enter');
    await page.getByText('Nothing was erased: what was typed is not their customer id.').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    for (const id of IDS) await test.voiceId.send(new DescribeSpeakerCommand(speaker(id)));

    await tabTo(page, page.getByRole('radio', { name: /^Delete/ }));
    await page.keyboard.press('Space');
    await tabTo(page, typed);
    await page.keyboard.type('customer-4712');
    await page.keyboard.press('Enter');
    await page.getByText('The speaker is deleted, and with it the voiceprint.').waitFor();
    await page.getByText('4 objects name them').waitFor();
    await expect(test.voiceId.send(new DescribeSpeakerCommand(speaker('customer-4712')))).rejects.toThrow();
    expect(await page.getByText('s3://vivavoce-recordings/calls/customer-4712/1.wav').isVisible()).toBe(true);
    expect(await keysIn('vivavoce-manifests')).toEqual(['two.json']);
    expect(await seriousFaults(page)).toEqual([]);

    await tabTo(page, page.getByRole('checkbox', { name: /^Delete these for good/ }));
    await page.keyboard.press('Space');
    await tabTo(page, page.getByRole('button', { name: 'Delete what names them' }));
    await page.keyboard.press('Enter');
    await page.getByText('4 deleted.').waitFor();
    expect(await keysIn('vivavoce-manifests')).toEqual([]);
    expect(await keysIn('vivavoce-recordings')).toEqual(['calls/customer-4711/1.wav']);
    expect((await keysIn('vivavoce-results')).filter((key) => /two\.json/.test(key))).toEqual([]);

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download the receipt' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^erasure-[-\dT.]+Z\.json$/);
    const parts: Buffer[] = [];
    for await (const part of await download.createReadStream()) parts.push(part);
    const receipt = Buffer.concat(parts).toString('utf8');
    expect(receipt).not.toMatch(/customer-|two|calls/);
    expect(JSON.parse(receipt)).toMatchObject({
      voiceprint: 'DELETED',
      objects: { found: { recordings: 1, results: 2, manifests: 1 }, deleted: 4 },
      jobsThatGoOn: [],
    });
  });

  it('says that somebody was deleted meanwhile, and does nothing then', async () => {
    const page = await open();
    await find(page, 'customer-4713');
    await page.getByRole('link', { name: 'Erase or opt out' }).click();
    const address = page.url();
    await page.getByRole('radio', { name: /^Opt out/ }).check();
    await page.getByLabel('Type their customer id').fill('customer-4713');
    await test.voiceId.send(new DeleteSpeakerCommand(speaker('customer-4713')));
    await page.getByRole('button', { name: 'Erase' }).click();
    await page.getByText('somebody has deleted them meanwhile').waitFor();
    await expect(test.voiceId.send(new DescribeSpeakerCommand(speaker('customer-4713')))).rejects.toThrow();
    await page.goto(address);
    await page.getByText('There is no such speaker').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('opts out somebody who is not enrolled, so that no manifest enrolls them', async () => {
    const page = await open();
    await find(page, 'customer-4713');
    await page.getByRole('radio', { name: /^Opt out/ }).check();
    await page.getByLabel('Type their customer id').fill('customer-4713');
    await page.getByRole('button', { name: 'Erase' }).click();
    await page.getByRole('heading', { name: 'Opted out' }).waitFor();
    expect(await test.voiceId.send(new DescribeSpeakerCommand(speaker('customer-4713')))).toMatchObject({
      Speaker: { Status: 'OPTED_OUT' },
    });
  });

  it('pages through many, and shows those of one status with how many they are', async () => {
    await Promise.all(OTHERS.map((id) => test.voiceId.send(new OptOutSpeakerCommand(speaker(id)))));
    // What is there depends on what was erased before.
    const all: (string | undefined)[] = [];
    const pages = paginateListSpeakers({ client: test.voiceId }, { DomainId: test.cloud.domainId });
    for await (const { SpeakerSummaries = [] } of pages) all.push(...SpeakerSummaries.map(({ Status }) => Status));
    const enrolled = all.filter((status) => status === 'ENROLLED').length;

    const page = await open();
    expect(await page.getByRole('link', { name: `All ${all.length}` }).isVisible()).toBe(true);
    expect(await page.getByRole('row').count()).toBe(51);
    await page.getByRole('link', { name: 'Next page' }).click();
    await page.getByRole('link', { name: 'First page' }).waitFor();
    expect(await page.getByRole('row').count()).toBe(1 + all.length - 50);
    await page.getByRole('link', { name: `Enrolled ${enrolled}` }).click();
    await page.getByText(`${all.length} looked at for this page`).waitFor();
    expect(await page.getByRole('row').count()).toBe(1 + enrolled);
    await page.getByRole('link', { name: 'Must enroll again 0' }).click();
    await page.getByText('Nobody here.').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('makes watchlists, puts a fraudster on them and takes it off, and deletes it once somebody typed so', async () => {
    const { domainId: DomainId } = test.cloud;
    const requests = {
      RequestId: '1',
      AudioSpecifications: [{ S3Uri: `s3://vivavoce-recordings/calls/customer-4711/1.wav`, ChannelId: 0 }],
    };
    const manifest = { Version: '1.0', FraudsterRegistrationRequests: [requests] };
    await test.put('vivavoce-recordings', 'fraudsters.json', JSON.stringify(manifest));
    const { Job } = await test.voiceId.send(
      new StartFraudsterRegistrationJobCommand({
        DomainId,
        JobName: 'june',
        DataAccessRoleArn: ROLE_ARN,
        InputDataConfig: { S3Uri: 's3://vivavoce-recordings/fraudsters.json' },
        OutputDataConfig: { S3Uri: 's3://vivavoce-results/fraudsters' },
      }),
    );
    const describe = new DescribeFraudsterRegistrationJobCommand({ DomainId, JobId: Job?.JobId });
    await expect
      .poll(async () => (await test.voiceId.send(describe)).Job?.JobStatus, { timeout: 30_000 })
      .toBe('COMPLETED');

    const page = await open('Fraudsters and watchlists');
    expect(await page.getByRole('row', { name: /june .*completed/ }).isVisible()).toBe(true);
    const html = '<img src=x onerror=alert(1)>';
    await page.getByLabel('Name', { exact: true }).fill('phone-ring');
    await page.getByLabel('What it is for').fill(html);
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByText('Nothing was made: found another description').waitFor();
    expect(await page.getByLabel('What it is for').inputValue()).toBe(html);
    expect(await page.getByRole('img').count()).toBe(0);
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByLabel('What it is for').fill('Calls of one ring');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByRole('heading', { name: 'phone-ring', level: 1 }).waitFor();
    expect(await page.getByText('Nobody is on this watchlist').isVisible()).toBe(true);

    await page.getByRole('link', { name: 'Fraudsters and watchlists' }).click();
    expect(await page.getByRole('row', { name: /^default .* 1 0/ }).isVisible()).toBe(true);
    await page.getByRole('link', { name: 'default' }).click();
    await page.getByRole('link', { name: /^[a-zA-Z0-9]{22}$/ }).click();
    await page.getByRole('heading', { name: /^Fraudster / }).waitFor();
    expect(await page.getByText('compared with calls').isVisible()).toBe(true);
    await page.getByLabel('Put it on another').selectOption('phone-ring');
    await page.getByRole('button', { name: 'Put on' }).click();
    await page.getByRole('button', { name: 'Take off default' }).click();
    await page.getByText('It must be on at least one').waitFor();
    expect(await page.getByRole('link', { name: 'phone-ring' }).isVisible()).toBe(true);
    expect(await seriousFaults(page)).toEqual([]);

    await page.getByRole('link', { name: 'Delete' }).click();
    await page.getByLabel('Type “delete”').fill('yes');
    await page.keyboard.press('Enter');
    await page.getByText('Nothing was deleted').waitFor();
    const list = new ListFraudstersCommand({ DomainId });
    expect((await test.voiceId.send(list)).FraudsterSummaries).toHaveLength(1);
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByLabel('Type “delete”').fill('delete');
    await page.keyboard.press('Enter');
    await page.getByRole('row', { name: /^phone-ring .* 0 0/ }).waitFor();
    expect((await test.voiceId.send(list)).FraudsterSummaries).toHaveLength(0);
  });

  it('does nothing for who is none of its own pages', async () => {
    const token = new URL(test.cloud.consoleLink).searchParams.get('token') ?? '';
    const { origin } = test.cloud;
    const { port } = new URL(origin);
    const post = (headers: Record<string, string>) =>
      fetch(path('voices/erasures'), {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie: `vivavoce-console-${port}=${token}`, ...headers },
        body: new URLSearchParams({ speakerId: 'customer-4711', means: 'delete', typed: 'customer-4711' }),
      });
    for (const headers of [{}, { origin: 'http://127.0.0.1:1' }, { origin: 'null' }]) {
      expect((await post(headers)).status).toBe(403);
    }
    expect(await test.voiceId.send(new DescribeSpeakerCommand(speaker('customer-4711')))).toBeDefined();
    expect((await post({ origin })).status).toBe(303);
  });

  it('has told no address and no log who anybody is', () => {
    expect(visited.length).toBeGreaterThan(20);
    const told = [...visited, test.logs()].filter((text) => /customer-|absent-/.test(text));
    expect(told).toEqual([]);
    expect(browser.trouble).toEqual([]);
  });
});
