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
const WIDTH = 1120;

/** A list with two mistakes. */
const LIST = `SpeakerId,Recording,ChannelId
customer-4711,s3://vivavoce-recordings/4711/monday.wav,0
customer-4712,s3://vivavoce-recordings/4712/monday.mp3,0
customer-4713,s3://vivavoce-recordings/4713/monday.wav,left
`;

const demo = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'cli/main.ts', 'demo', '--stay'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});

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
  const page = await browser.open(link, { viewport: { width: WIDTH, height: 700 }, reducedMotion: 'reduce' });
  const section = (name: string) =>
    page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name }).click();
  /** The window's content, so many CSS pixels of it. */
  const take = async (name: string, height: number) => {
    await page.setViewportSize({ width: WIDTH, height });
    await page.screenshot({ path: `${FOLDER}${name}.png` });
  };

  const list = Buffer.from(LIST);
  await page.getByLabel('Choose files').setInputFiles({ name: 'monday.csv', mimeType: 'text/csv', buffer: list });
  await page.getByText('2 problems').first().waitFor();
  await take('drop', 1000);

  await section('Runs');
  await page.getByRole('link', { name: 'monday-calls' }).click();
  await page.getByRole('heading', { name: 'The story' }).waitFor();
  await take('run', 1080);
  await page.getByRole('heading', { name: 'The story' }).scrollIntoViewIfNeeded();
  await page.locator('.sides').screenshot({ path: `${FOLDER}story.png` });

  await section('Listen');
  await page.getByLabel('Or where it is in S3').fill('s3://vivavoce-recordings/caller-1/call.wav');
  await page.getByLabel('Hold it against an enrolled caller').fill('caller-2');
  await page.getByRole('button', { name: 'Listen' }).click();
  await page.getByRole('heading', { name: 'Held against the caller' }).waitFor();
  await take('listen', 1520);

  await section('Voices');
  await page.getByRole('table').first().waitFor();
  await take('voices', 620);
  await section('Thresholds');
  await page.getByRole('heading', { name: 'The speaker model' }).waitFor();
  await take('thresholds', 1240);
} finally {
  await browser.close();
  demo.kill('SIGINT');
}
