import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import { describe } from 'vitest';
import { z } from 'zod';
import { findChromium } from './chromium.ts';

const found = await findChromium();
if (found === undefined) {
  const said = 'No browser was found: install Chrome or Chromium. The tests of the console are left out.';
  if (process.env.VIVAVOCE_BROWSER === 'required') throw new Error(said);
  process.stderr.write(`${said}\n`);
}

/** `describe` where there is a browser. With `VIVAVOCE_BROWSER=required`, as in CI, it is an error that there is none. */
export const describeInBrowser = describe.skipIf(found === undefined);

export interface ConsoleBrowser {
  /** A page that has come in by the console's link. Each has cookies of its own. */
  open(link: string, options?: BrowserContextOptions): Promise<Page>;
  /** Requests that any page made to another host than this machine, and what pages logged as errors: none is expected. */
  trouble: string[];
  close(): Promise<void>;
}

/** A real browser, without a window. Its pages trust nothing that a user's would not. */
export async function startBrowser(): Promise<ConsoleBrowser> {
  if (found === undefined) throw new Error('There is no browser: use describeInBrowser.');
  const { executablePath, env } = found;
  const inherited = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const browser: Browser = await chromium.launch({
    executablePath,
    // File names are UTF-8, also where no locale is set.
    env: { ...Object.fromEntries(inherited), LC_ALL: 'C.UTF-8', ...env },
    // Tests run as root in containers, where the browser has no sandbox of its own.
    args: ['--no-sandbox'],
  });
  const trouble: string[] = [];
  return {
    trouble,
    async open(link, options = {}) {
      const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Berlin', ...options });
      context.on('request', (request) => {
        const { protocol, hostname } = new URL(request.url());
        if (protocol.startsWith('http') && hostname !== '127.0.0.1') trouble.push(`asked ${hostname}`);
      });
      const page = await context.newPage();
      page.on('pageerror', (error) => trouble.push(`${page.url()}: ${error.message}`));
      page.on('console', (message) => {
        // A page that answers 404 or 403 is what some tests ask for.
        const refused = message.text().startsWith('Failed to load resource');
        if (message.type() === 'error' && !refused) trouble.push(`${page.url()}: ${message.text()}`);
      });
      await page.goto(link);
      await page.waitForURL(/\/_console\/runs$/);
      return page;
    },
    close: () => browser.close(),
  };
}

const axeSchema = z.object({
  violations: z.array(
    z.object({ id: z.string(), help: z.string(), impact: z.string(), nodes: z.array(z.object({ html: z.string() })) }),
  ),
});

/** What axe finds serious or worse on a page, as sentences; none is expected. */
export async function seriousFaults(page: Page): Promise<string[]> {
  // Through the debugger's protocol: the page's own policy would let no script in.
  await page.evaluate(axe.source);
  const { violations } = axeSchema.parse(await page.evaluate("axe.run(document, { resultTypes: ['violations'] })"));
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`));
}

/** Presses Tab until it has the focus, as somebody without a mouse does. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 100; presses++) {
    if ((await target.and(page.locator(':focus')).count()) > 0) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('The Tab key does not come to it.');
}
