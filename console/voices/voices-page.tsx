import type { Child, FC } from 'hono/jsx';
import { at, Page } from '../layout/page.tsx';

const PARTS = [
  ['speakers', 'voices', 'Speakers'],
  ['watchlists', 'voices/watchlists', 'Fraudsters and watchlists'],
] as const;

interface VoicesPageProps {
  title: string;
  part: (typeof PARTS)[number][0];
  place: string;
  children?: Child;
}

/** A page about voices: whom the engine knows, and whom it is warned of. */
export const VoicesPage: FC<VoicesPageProps> = ({ title, part, place, children }) => (
  <Page title={title} section="voices" place={place}>
    <nav class="tabs" aria-label="Voices">
      {PARTS.map(([name, path, text]) => (
        <a href={at(path)} {...(name === part && { 'aria-current': 'true' as const })}>
          {text}
        </a>
      ))}
    </nav>
    {children}
  </Page>
);
