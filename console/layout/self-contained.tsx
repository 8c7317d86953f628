import { readFile } from 'node:fs/promises';
import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import { withoutTurning } from './words.tsx';

/**
 * One page that stands alone, to be sent on or kept: the console's own style within it, no script, and nothing that it
 * could load or send; its own policy forbids it, too. What is in it leads to no page of the console.
 * @returns the file's whole text
 */
export async function selfContainedPage(title: string, children: Child): Promise<string> {
  const style = await readFile(new URL('console.css', import.meta.url), 'utf8');
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="color-scheme" content="light dark" />
        <title>{withoutTurning(title)}</title>
        <style>{raw(style)}</style>
      </head>
      <body>
        <main>{children}</main>
      </body>
    </html>
  );
  return `<!doctype html>${await page}\n`;
}
