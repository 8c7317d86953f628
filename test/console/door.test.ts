import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestCloud, type TestCloud } from '../e2e/cloud.ts';
import { type ConsoleBrowser, describeInBrowser, seriousFaults, startBrowser } from './browser.ts';
import { rawGet } from './raw-get.ts';

let test: TestCloud;
let browser: ConsoleBrowser;

beforeAll(async () => {
  test = await startTestCloud();
});
afterAll(() => test.stop());

const path = (name: string) => `${test.cloud.origin}/_console/${name}`;

it.each(['', 'runs', 'assets/console.js', 'uploads'])('%s without the token is refused', async (name) => {
  const answer = await fetch(path(name));
  expect(answer.status).toBe(403);
  expect(await answer.text()).toContain('Open the console by the link');
});

it('a wrong token is refused', async () => {
  expect((await fetch(`${path('')}?token=${'x'.repeat(32)}`)).status).toBe(403);
});

it('another Host and another Origin are refused, token or not', async () => {
  const token = new URL(test.cloud.consoleLink).searchParams.get('token') ?? '';
  const { port } = new URL(test.cloud.origin);
  const cookie = `vivavoce-console-${port}=${token}`;
  expect((await rawGet(port, '/_console/runs', { cookie, host: `127.0.0.1:${port}` })).statusCode).toBe(200);
  expect((await rawGet(port, '/_console/runs', { cookie, host: 'rebound.example' })).statusCode).toBe(403);
  const foreign = { cookie, host: `127.0.0.1:${port}`, origin: 'http://127.0.0.1:1' };
  expect((await rawGet(port, '/_console/runs', foreign)).statusCode).toBe(403);
});

it('every answer forbids other hosts, frames and caches', async () => {
  const { headers } = await fetch(path('runs'));
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  expect(headers.get('cache-control')).toBe('no-store');
});

describeInBrowser('in a browser', () => {
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser.close());

  it('the link opens the console, and the token is gone from the address', async () => {
    const page = await browser.open(test.cloud.consoleLink);
    expect(page.url()).toBe(path('runs'));
    expect(await page.title()).toBe('Runs · Vivavoce');
    expect(await seriousFaults(page)).toEqual([]);
    expect(browser.trouble).toEqual([]);
  });
});
