import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { DescribeSpeakerCommand, OptOutSpeakerCommand, VoiceIDClient } from '@aws-sdk/client-voice-id';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { UsageError } from '../../clients/errors.ts';
import { type Console, createConsole } from '../../console/console.ts';
import type { Operator } from '../../console/operator.ts';
import { createConsoleServer } from '../../console/serve.ts';
import { MANIFESTS, RECORDINGS, RESULTS, stateMachineArn } from '../../local/account.ts';
import { serve } from '../../local/serve.ts';
import { startTestCloud, type TestCloud } from '../e2e/cloud.ts';
import { type ConsoleBrowser, describeInBrowser, seriousFaults, startBrowser } from './browser.ts';

describeInBrowser('an erasure on a console of its own', () => {
  let test: TestCloud;
  let browser: ConsoleBrowser;
  let console: Console;
  let stop: (() => unknown) | undefined;
  let link: string;
  /** What the console's S3 client waits for before each call, or fails with. */
  let gate = (): Promise<void> => Promise.resolve();
  let buckets: Operator['buckets'] = () => ({ manifests: MANIFESTS, results: RESULTS, recordings: RECORDINGS });

  beforeAll(async () => {
    [test, browser] = await Promise.all([startTestCloud(), startBrowser()]);
    const client = { region: 'us-east-1', endpoint: test.cloud.origin, credentials: test.cloud.accessKey };
    const s3 = new S3Client({ ...client, forcePathStyle: true });
    s3.middlewareStack.add(
      (next) => async (args) => {
        await gate();
        return next(args);
      },
      { step: 'initialize' },
    );
    console = createConsole(
      {
        s3,
        voiceId: new VoiceIDClient(client),
        stepFunctions: new SFNClient(client),
        place: 'a test',
        domainId: async () => test.cloud.domainId,
        stateMachineArn: () => stateMachineArn,
        buckets: () => buckets(),
        now: () => new Date(),
      },
      'a-token-of-a-test',
    );
    const served = await serve(createConsoleServer(console), '127.0.0.1', 0);
    stop = served.stop;
    link = console.link(served.value);
  });
  afterAll(async () => {
    console.close();
    await browser.close();
    await stop?.();
    await test.stop();
  });

  const speaker = (SpeakerId: string) => ({ DomainId: test.cloud.domainId, SpeakerId });
  /** Opted out, so that there is somebody to erase who costs no recording. */
  const erase = async (id: string): Promise<Page> => {
    await test.voiceId.send(new OptOutSpeakerCommand(speaker(id)));
    const page = await browser.open(link);
    await page.getByRole('link', { name: 'Voices' }).click();
    await page.getByLabel('Customer id, exactly').fill(id);
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByRole('link', { name: 'Erase or opt out' }).click();
    await page.getByRole('radio', { name: /^Delete the mark/ }).check();
    await page.getByLabel('Type their customer id').fill(id);
    return page;
  };

  it('is shown as it goes on: what is found comes by itself, and so does that it is deleted', async () => {
    await test.put(RECORDINGS, 'calls/customer-1000/1.wav', 'RIFF');
    const page = await erase('customer-1000');
    const first = Promise.withResolvers<void>();
    gate = () => first.promise;
    await page.getByRole('button', { name: 'Erase' }).click();
    await page.getByText('looking through the buckets').waitFor();
    // Nobody is recognized by it while that goes on.
    await expect(test.voiceId.send(new DescribeSpeakerCommand(speaker('customer-1000')))).rejects.toThrow();
    expect(await seriousFaults(page)).toEqual([]);
    first.resolve();
    await page.getByText('1 object names them.').waitFor();

    const second = Promise.withResolvers<void>();
    gate = () => second.promise;
    await page.getByRole('checkbox', { name: /^Delete these for good/ }).check();
    await page.getByRole('button', { name: 'Delete what names them' }).click();
    await page.getByText('deleting what names them').waitFor();
    second.resolve();
    await page.getByText('1 deleted.').waitFor();
  });

  it('says why it stopped, and can look again', async () => {
    const page = await erase('customer-1001');
    gate = () => Promise.reject(new UsageError('The bucket is on fire.'));
    await page.getByRole('button', { name: 'Erase' }).click();
    await page.getByText('It stopped: The bucket is on fire.').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    gate = () => Promise.resolve();
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.getByText('Nothing in the buckets names them.').waitFor();
  });

  it('says before anything is done where it can not look for what names them', async () => {
    buckets = () => {
      throw new UsageError('Found no --results, expected the name of the stack’s bucket.');
    };
    const page = await erase('customer-1002');
    expect(
      await page.getByText('What names them in the buckets can’t be looked for: Found no --results').isVisible(),
    ).toBe(true);
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('is not known to a console that was started since, and says how to go on', async () => {
    const page = await browser.open(link);
    await page.goto(`${new URL(link).origin}/_console/voices/erasures/AAAAAAAAAAAAAAAA`);
    await page.getByText('find the person by their customer id to go on').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    expect(browser.trouble).toEqual([]);
  });
});
