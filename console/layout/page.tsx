import { raw } from 'hono/html';
import type { Child, FC } from 'hono/jsx';
import { Text, withoutTurning } from './words.tsx';

/** The pages that the head leads to. */
const SECTIONS = [
  ['runs', 'Runs'],
  ['voices', 'Voices'],
  ['ears', 'Listen'],
  ['thresholds', 'Thresholds'],
] as const;
export type Section = (typeof SECTIONS)[number][0];

/** Paths of the console's pages, wherever a page links to another. */
export const at = (path: string) => `/_console/${path}`;

interface PageProps {
  title: string;
  /** Which of the head's sections it belongs to. */
  section?: Section | undefined;
  /** Where all of it is: `local cloud`, or a region. */
  place: string;
  children?: Child;
}

/** One whole page: the head with its sections, and what the page is about. */
export const Page: FC<PageProps> = ({ title, section, place, children }) => (
  <>
    {raw('<!doctype html>')}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${withoutTurning(title)} · Vivavoce`}</title>
        <link rel="icon" href={ICON} />
        <link rel="stylesheet" href={at('assets/console.css')} />
        <script type="module" src={at('assets/console.js')} />
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <header>
          <a class="brand" href={at('runs')}>
            Vivavoce
          </a>
          <nav aria-label="Sections">
            {SECTIONS.map(([path, name]) => (
              <a href={at(path)} {...(path === section && { 'aria-current': 'page' as const })}>
                {name}
              </a>
            ))}
          </nav>
          <span class="place">{place}</span>
        </header>
        <main id="main">
          <h1>
            <Text of={title} />
          </h1>
          {children}
        </main>
      </body>
    </html>
  </>
);

const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><g stroke="#0b6e99" stroke-width="2" stroke-linecap="round"><path d="M2 7v2M5 4v8M8 1v14M11 5v6M14 7v2"/></g></svg>',
)}`;
