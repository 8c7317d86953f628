import { readFile } from 'node:fs/promises';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { StartSpeakerEnrollmentJobCommand, VoiceIDClient } from '@aws-sdk/client-voice-id';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { CommandError } from '../../clients/errors.ts';
import { createRuns } from '../../clients/runs/runs.ts';
import { createConsole } from '../../console/console.ts';
import type { Operator } from '../../console/operator.ts';
import { createConsoleServer } from '../../console/serve.ts';
import { MANIFESTS, RECORDINGS, RESULTS, ROLE_ARN, stateMachineArn } from '../../local/account.ts';
import { serve } from '../../local/serve.ts';
import { startTestCloud, type TestCloud } from '../e2e/cloud.ts';
import { type ConsoleBrowser, describeInBrowser, seriousFaults, startBrowser } from './browser.ts';
import { type ScriptedVoiceId, startScriptedVoiceId } from './scripted-voice-id.ts';

let voices: ScriptedVoiceId;
let test: TestCloud;
let browser: ConsoleBrowser;
const stops: (() => unknown)[] = [];

/** Goes ten times as fast as it should: what is looked at every two seconds is looked at five times in one. */
const begin = Date.now();
const now = () => new Date(begin + 10 * (Date.now() - begin));

/** A console as on AWS: Voice ID is at another port than the rest. */
async function startConsole(more: Partial<Operator> = {}): Promise<string> {
  const voiceId = new VoiceIDClient({
    endpoint: voices.origin,
    region: 'us-east-1',
    credentials: test.cloud.accessKey,
    maxAttempts: 1,
  });
  const console = createConsole(
    {
      voiceId,
      s3: test.s3,
      stepFunctions: test.stepFunctions,
      place: 'us-east-1',
      domainId: async () => test.cloud.domainId,
      stateMachineArn: () => stateMachineArn,
      buckets: () => ({ manifests: MANIFESTS, recordings: RECORDINGS, results: RESULTS }),
      now,
      ...more,
    },
    'a-token-of-the-tests',
  );
  const { value: origin, stop } = await serve(createConsoleServer(console), '127.0.0.1', 0);
  stops.push(async () => {
    console.close();
    await stop?.();
  });
  return console.link(origin);
}

const manifest = (...ids: string[]) =>
  JSON.stringify({
    Version: '1.0',
    SpeakerEnrollmentRequests: ids.map((RequestId) => ({
      RequestId,
      SpeakerId: `caller-${RequestId}`,
      AudioSpecifications: [{ S3Uri: `s3://${RECORDINGS}/${RequestId}.wav`, ChannelId: 0 }],
    })),
  });

const drop = (key: string, body = manifest('r1', 'r2')) => test.put(MANIFESTS, key, body);

/** Ends a job as Voice ID does: first its output file, then its status. */
async function end(name: string, status: 'COMPLETED' | 'COMPLETED_WITH_ERRORS', errors: object[] = []) {
  const { OutputDataConfig, JobId } = voices.job(name);
  const key = `${OutputDataConfig.S3Uri.replace(`s3://${RESULTS}/`, '')}/${JobId}/${name}.out`;
  const SuccessfulEnrollments = [
    { RequestId: 'r1', CustomerSpeakerId: 'x', GeneratedSpeakerId: `id#${JobId}`, EnrollmentStatus: 'NEW_ENROLLMENT' },
  ];
  await test.put(RESULTS, key, JSON.stringify({ Version: '1.0', Errors: errors, SuccessfulEnrollments }));
  voices.ends(name, status);
}

const row = (page: Page, ...words: string[]) => page.getByRole('row', { name: new RegExp(words.join('.*')) });
const see = (page: Page, ...words: string[]) => row(page, ...words).waitFor({ timeout: 20_000 });
/** Lost with the document: what is still there after a change came without a load. */
const mark = (page: Page) => page.evaluate('document.title = "never loaded again"');
const isMarked = async (page: Page) => (await page.title()) === 'never loaded again';

describeInBrowser('runs', () => {
  let link: string;
  const pages: Page[] = [];
  const open = async (...asked: Parameters<ConsoleBrowser['open']>): Promise<Page> => {
    const page = await browser.open(...asked);
    pages.push(page);
    return page;
  };
  beforeAll(async () => {
    voices = await startScriptedVoiceId();
    test = await startTestCloud({ AWS_ENDPOINT_URL_VOICE_ID: voices.origin });
    link = await startConsole();
    browser = await startBrowser();
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.context().close();
  });
  afterAll(async () => {
    await browser.close();
    for (const stop of stops) await stop();
    await test.stop();
    voices.stop();
  });

  it('are seen to move from waiting to their end, those ahead of each first, and focus stays', async () => {
    const page = await open(link);
    await page.getByText('Nothing has been uploaded yet').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await mark(page);

    voices.full.add('late.json');
    for (const key of ['north/first.json', 'second.json', 'third.json', 'late.json']) {
      await drop(key);
      await expect.poll(() => voices.isKnown(key.replace('north/', '')), { timeout: 10_000 }).toBe(true);
    }
    await drop('<img src=x onerror=alert(1)>broken.json', manifest('r1', 'r1', ''));
    await see(page, 'broken.json', 'rejected', '3 problems');
    voices.runs('first.json', 10);
    await see(page, 'first.json', 'running', '10%');
    await see(page, 'second.json', 'in the queue', 'after first.json');
    await see(page, 'third.json', 'in the queue', 'after first.json, second.json');
    await see(page, 'late.json', 'waiting', 'ServiceQuotaExceededException: The queue is full');
    await page.getByText('1 running, 2 in the queue, 1 waiting.').waitFor();
    expect(await page.getByRole('link', { name: '<img src=x onerror=alert(1)>broken.json' }).count()).toBe(1);
    expect(await seriousFaults(page)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 700 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    expect(await seriousFaults(page)).toEqual([]);

    const third = page.getByRole('rowheader', { name: 'third.json' }).getByRole('link');
    await third.focus();
    voices.runs('first.json', 60);
    await see(page, 'first.json', '60%', 'end expected');
    await end('first.json', 'COMPLETED_WITH_ERRORS', [
      { RequestId: 'r2', ErrorCode: 400, ErrorMessage: 'Not enough speech.' },
    ]);
    await see(page, 'first.json', 'completed with errors', '1 enrolled, 1 failed');
    await see(page, 'second.json', 'in the queue', 'next to run');
    voices.full.clear();
    await see(page, 'late.json', 'in the queue', 'after second.json, third.json');
    expect(await third.evaluate('document.activeElement?.textContent')).toBe('third.json');
    expect(await isMarked(page)).toBe(true);
    expect(browser.trouble).toEqual([]);
  });

  it('have a page each, whose story and picture move until the outcome stands there', async () => {
    const page = await open(link, { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.getByRole('rowheader', { name: 'second.json' }).getByRole('link').click();
    await page.getByRole('heading', { name: 'second.json', level: 1 }).waitFor();
    await mark(page);
    const picture = page.getByRole('img', { name: /The state machine/ });
    const story = page.getByRole('region', { name: 'The story' });
    await page.getByRole('img', { name: /Passed: Begin, Tell started, Poll.*Now in: Wait to poll/ }).waitFor();
    await story.getByText('Event sent: Speaker Enrollment Job Started').waitFor();

    const copy = page.getByRole('button', { name: 'Copy: Correlation id' });
    await copy.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText('Copied: Correlation id').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(new URL(page.url()).pathname.split('/').at(-1));

    voices.runs('second.json', 40);
    await page.getByRole('progressbar').waitFor();
    await story.getByText('40% done').waitFor();
    expect(await copy.evaluate('document.activeElement?.getAttribute("aria-label")')).toBe('Copy: Correlation id');
    await end('second.json', 'COMPLETED');
    await page.getByRole('heading', { name: 'Outcome' }).waitFor();
    expect(await picture.getAttribute('aria-label')).toMatch(/Summarize, Tell ending\.$/);
    expect(await story.getByRole('listitem').locator('.what').allTextContents()).toEqual([
      'Manifest uploaded',
      'Job submitted',
      'Handed to the state machine',
      'Event sent: Speaker Enrollment Job Started',
      'Job seen running',
      '40% done',
      'Job ended: completed',
      'Summary written',
      'Event sent: Speaker Enrollment Job Completed',
    ]);
    // The form that finds requests works although it came later.
    await page.getByLabel('Request id').fill('none like it');
    await page.getByText('No request is like that').waitFor();
    expect(await isMarked(page)).toBe(true);
    expect(await seriousFaults(page)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 700 });
    expect(await seriousFaults(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);

    // An erasure deletes the file: what was read of it before is not shown any more, and it is said why.
    const { OutputDataConfig, JobId } = voices.job('second.json');
    const key = `${OutputDataConfig.S3Uri.replace(`s3://${RESULTS}/`, '')}/${JobId}/second.json.out`;
    await page.reload();
    await page.getByRole('heading', { name: 'Outcome' }).waitFor();
    await test.s3.send(new DeleteObjectCommand({ Bucket: RESULTS, Key: key }));
    await page.reload();
    await page.getByText("the job's output file is gone").waitFor();
    expect(await page.getByRole('heading', { name: 'Requests' }).count()).toBe(0);
    expect(await seriousFaults(page)).toEqual([]);
    await page.goto(`${new URL(link).origin}/_console/runs/job/${JobId}`);
    await page.getByText("the job's output file is gone").waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    expect(browser.trouble).toEqual([]);
  });

  it('that are rejected name their problems at their place', async () => {
    const page = await open(link);
    await page.getByRole('rowheader', { name: 'broken.json' }).getByRole('link').click();
    await see(page, String.raw`SpeakerEnrollmentRequests\[1\].RequestId`, 'r1');
    await page.getByText('Event sent: Speaker Enrollment Manifest Rejected').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('that are stopped and end by another execution are one', async () => {
    const page = await open(link);
    await page.getByRole('rowheader', { name: 'third.json' }).getByRole('link').click();
    await page.getByRole('img', { name: /Now in: Wait to poll/ }).waitFor();
    const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${page.url().split('/').at(-1)}`;
    await test.stepFunctions.send(new StopExecutionCommand({ executionArn, error: 'ByHand', cause: 'Not today.' }));
    await page.getByText('Event sent: Speaker Enrollment Job Failed').waitFor();
    const story = await page.getByRole('region', { name: 'The story' }).getByRole('listitem').allTextContents();
    expect(story.join('\n')).toMatch(/The execution was stopped.*ByHand: Not today[\s\S]*Another execution took over/);
    await page.getByRole('link', { name: 'All runs' }).click();
    await see(page, 'third.json', 'failed', 'The execution ended as ABORTED');
    expect(await page.getByRole('rowheader', { name: 'third.json' }).count()).toBe(1);
  });

  it('are found by state and by name, which is in no link', async () => {
    const page = await open(link);
    await page.getByLabel('Manifest’s name has').fill('NORTH/');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByRole('link', { name: 'Show all' }).waitFor();
    expect(await page.getByRole('rowheader').allTextContents()).toEqual([expect.stringContaining('first.json')]);
    expect(page.url()).not.toMatch(/north/i);
    await page.getByRole('link', { name: 'Show all' }).click();
    await page.getByLabel('State', { exact: true }).selectOption('Rejected');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByRole('link', { name: 'Show all' }).waitFor();
    expect(await page.getByRole('rowheader').allTextContents()).toEqual([expect.stringContaining('broken.json')]);
  });

  it('are asked for only while somebody sees the page', async () => {
    const page = await open(link);
    const seen = (hidden: boolean) =>
      page.evaluate(`Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${hidden} });
        document.dispatchEvent(new Event('visibilitychange'));`);
    const isLive = (request: { url(): string }) => request.url().endsWith('/live');
    const closed = page.waitForEvent('requestfailed', isLive);
    await seen(true);
    await closed;
    const opened = page.waitForRequest(isLive);
    await seen(false);
    await opened;
    await drop('seen-again.json');
    await see(page, 'seen-again.json', 'in the queue');
    expect(browser.trouble).toEqual([]);
  });

  it('into another domain ask that one for their requests, and lead to no voice of the console’s own', async () => {
    const Metadata = { 'domain-id': 'e'.repeat(22) };
    const Body = manifest('r1');
    await test.s3.send(new PutObjectCommand({ Bucket: MANIFESTS, Key: 'elsewhere.json', Body, Metadata }));
    const page = await open(link);
    await see(page, 'elsewhere.json', 'in the queue');
    await end('elsewhere.json', 'COMPLETED');
    await see(page, 'elsewhere.json', 'completed');
    await page.getByRole('rowheader', { name: 'elsewhere.json' }).getByRole('link').click();
    await page.getByText(`console --domain-id ${Metadata['domain-id']}`).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    const voice = `id#${voices.job('elsewhere.json').JobId}`;
    await page.getByRole('cell', { name: voice }).waitFor();
    expect(await page.getByRole('link', { name: voice }).count()).toBe(0);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Save as CSV' }).click(),
    ]);
    expect(await readFile(await download.path(), 'utf8')).toContain('"r1","NEW_ENROLLMENT"');
    await page.getByLabel('Request id').fill('R1');
    await page.getByRole('status').filter({ hasText: 'All 1 requests' }).waitFor();
    await page.getByRole('link', { name: 'r1', exact: true }).click();
    await page.getByRole('heading', { name: 'r1', level: 1 }).waitFor();
    await page.getByText('Recording 1, channel 0').waitFor();
    expect(await page.getByRole('link', { name: voice }).count()).toBe(0);
    await page.getByRole('link', { name: 'All requests of this job' }).click();
    await page.getByRole('rowheader', { name: 'r1' }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('keep open what somebody has opened, whatever comes', async () => {
    const page = await open(link);
    let count = 0;
    await page.route(/\/runs\/live$/, (route) =>
      route.fulfill({
        contentType: 'text/event-stream',
        body: `retry: 50\nevent: html\ndata: <details><summary>Folded</summary><p>change ${++count}</p></details>\n\n`,
      }),
    );
    await page.reload();
    await page.getByText('Folded').click();
    const opened = count;
    await expect.poll(() => count).toBeGreaterThan(opened + 3);
    await page.getByText(/^change \d+$/).waitFor();
  });

  it('ask a domain for its queue alone, however many run and however many watch', async () => {
    let clock = Date.now();
    const voiceId = new VoiceIDClient({
      endpoint: voices.origin,
      region: 'us-east-1',
      credentials: test.cloud.accessKey,
    });
    let calls: (string | undefined)[] = [];
    voiceId.middlewareStack.add((next, { commandName }) => (args) => {
      calls.push(commandName);
      return next(args);
    });
    const runs = createRuns({
      stepFunctions: test.stepFunctions,
      voiceId,
      s3: test.s3,
      domainId: async () => test.cloud.domainId,
      stateMachineArn: () => stateMachineArn,
      now: () => new Date(clock),
    });
    const look = () => Promise.all(Array.from({ length: 20 }, () => runs.list({ state: 'SUBMITTED' })));
    const [page] = await look();
    expect(page?.rows.map(({ name }) => name)).toEqual(['seen-again.json', 'late.json']);
    // Two of those that run; the others have ended, and are not even listed.
    expect(page?.looked).toBe(2);
    calls = [];
    clock += 2000;
    await look();
    expect(calls).toEqual(['ListSpeakerEnrollmentJobsCommand', 'ListSpeakerEnrollmentJobsCommand']);
  });

  it('are shown as jobs where the state machine is not known, and it is said what to set', async () => {
    const page = await open(
      await startConsole({
        stateMachineArn: () => {
          throw new CommandError('STATE_MACHINE_ARN is not set: it is the output StateMachineArn of the stack.');
        },
      }),
    );
    await page.getByText('STATE_MACHINE_ARN is not set').waitFor();
    await see(page, 'second-', 'completed');
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('of jobs without an upload have a row, too', async () => {
    const { Job } = await test.voiceId.send(
      new StartSpeakerEnrollmentJobCommand({
        DomainId: test.cloud.domainId,
        JobName: 'by-hand',
        DataAccessRoleArn: ROLE_ARN,
        InputDataConfig: { S3Uri: `s3://${RECORDINGS}/none.json` },
        OutputDataConfig: { S3Uri: `s3://${RESULTS}/by-hand` },
      }),
    );
    // The local cloud's own console, whose engine has had just this job.
    const page = await open(test.cloud.consoleLink);
    await see(page, 'by-hand', 'a job without an upload', 'failed');
    await page.getByRole('rowheader', { name: 'by-hand' }).getByRole('link').click();
    await page.waitForURL(new RegExp(`/runs/job/${Job?.JobId}$`));
    expect(browser.trouble).toEqual([]);
  });

  it('are watched again once a console that was started again lets the page in, by a link in another tab', async () => {
    const page = await open(link);
    await page.context().clearCookies();
    // As a browser does when the page is looked at again.
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    const refused = page.getByRole('alert').filter({ hasText: 'The console refuses this page.' });
    await refused.waitFor();
    // Where it is seen however long the list is.
    const [said, list] = await Promise.all([refused.boundingBox(), page.getByRole('table').boundingBox()]);
    expect(said?.y).toBeLessThan(list?.y ?? 0);
    await (await page.context().newPage()).goto(link);
    await refused.waitFor({ state: 'hidden' });
    expect(browser.trouble).toEqual([]);
  });
});
