import { Hono } from 'hono';
import type { Env } from '../env.ts';
import { Page } from '../layout/page.tsx';

export const voicesRoutes = new Hono<Env>().get('/', (c) =>
  c.html(
    <Page title="Voices" section="voices" place={c.get('operator').place}>
      <p class="empty">Nothing to show yet.</p>
    </Page>,
  ),
);
