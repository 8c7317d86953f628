import type { Context } from 'hono';
import type { FC } from 'hono/jsx';
import { at } from './page.tsx';

/** The console's page that led to this one, as a path; undefined where none did, or it is this one. */
function cameFrom({ req }: Context): string | undefined {
  const here = new URL(req.url);
  const from = URL.parse(req.header('referer') ?? '');
  if (from === null || from.host !== here.host || !from.pathname.startsWith(at(''))) return undefined;
  const isHere = req.method === 'GET' && from.pathname === here.pathname;
  return isHere ? undefined : `${from.pathname}${from.search}`;
}

/** Leads back from a page that says what went wrong: a browser can't come back to what a form was answered with. */
export const WayBack: FC<{ c: Context }> = ({ c }) => {
  const path = cameFrom(c);
  return (
    path !== undefined && (
      <p>
        <a href={path}>Back to the page before</a>
      </p>
    )
  );
};
