import { Hono } from 'hono';
import type { Env } from '../env.ts';
import { Page } from '../layout/page.tsx';

export const runsRoutes = new Hono<Env>().get('/', (c) =>
  c.html(
    <Page title="Runs" section="runs" place={c.get('operator').place}>
      <p class="empty">Nothing to show yet.</p>
    </Page>,
  ),
);
