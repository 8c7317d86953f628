/**
 * Takes the pictures of `docs/console/` from the demo's run: `node test/console/screenshots.ts`.
 */
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startBrowser } from './browser.ts';

const FOLDER = fileURLToPath(new URL('../../docs/console/', import.meta.url));
/** CSS pixels. */
const WINDOW = { width: 1120, height: 700 };

const demo = spawn(process.execPath, ['cli/main.ts', 'demo', '--stay'], { stdio: ['ignore', 'pipe', 'inherit'] });

/** The console's link, when the demo has shown everything. */
async function played(): Promise<string> {
  let link = '';
  for await (const line of createInterface({ input: demo.stdout })) {
    link = /^Console at (http:.*)$/.exec(line)?.[1] ?? link;
    if (line.includes('stays until Ctrl-C')) return link;
  }
  throw new Error('The demo ended before it had shown everything.');
}

const link = await played();
const browser = await startBrowser();
try {
  await mkdir(FOLDER, { recursive: true });
  const page = await browser.open(link, { viewport: WINDOW, colorScheme: 'light', reducedMotion: 'reduce' });
  const section = (name: string) =>
    page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name }).click();
  const take = async (name: string, options: { fullPage?: boolean } = {}) => {
    await page.waitForLoadState('load');
    await page.screenshot({ path: `${FOLDER}${name}.png`, ...options });
  };

  await page.getByRole('link', { name: 'monday-calls' }).click();
  await page.getByRole('heading', { name: 'The story' }).waitFor();
  await take('run', { fullPage: true });

  await section('Listen');
  await page.getByLabel('Or where it is in S3').fill('s3://vivavoce-recordings/caller-1/call.wav');
  await page.getByLabel('Hold it against an enrolled caller').fill('caller-2');
  await page.getByRole('button', { name: 'Listen' }).click();
  await page.getByRole('heading', { name: 'Held against the caller' }).waitFor();
  await take('listen', { fullPage: true });

  await section('Voices');
  await take('voices');
  await section('Thresholds');
  await take('thresholds', { fullPage: true });
} finally {
  await browser.close();
  demo.kill('SIGINT');
}
