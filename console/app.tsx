import { Hono } from 'hono';
import { explain } from '../clients/explain.ts';
import { assets } from './assets.ts';
import { earsRoutes } from './ears/routes.tsx';
import type { Env } from './env.ts';
import { Page } from './layout/page.tsx';
import { WayBack } from './layout/way-back.tsx';
import type { Operator } from './operator.ts';
import { outcomesRoutes } from './outcomes/routes.tsx';
import { runsRoutes } from './runs/routes.tsx';
import { thresholdsRoutes } from './thresholds/routes.tsx';
import { uploadsRoutes } from './uploads/routes.tsx';
import { createVoicesRoutes } from './voices/routes.tsx';

/**
 * All pages under one path.
 * @param closing ends the answers that last
 */
export function createApp(path: string, operator: Operator, closing: AbortSignal) {
  const app = new Hono<Env>({ strict: false }).basePath(path);
  app.use(async (c, next) => {
    c.set('operator', operator);
    c.set('closing', closing);
    await next();
  });
  app.route('/assets', assets);
  app.get('/', (c) => c.redirect(`${path}/runs`));
  app.route('/runs/job', outcomesRoutes);
  app.route('/runs/job/:domainId{[a-zA-Z0-9]{22}}', outcomesRoutes);
  app.route('/runs', runsRoutes);
  app.route('/uploads', uploadsRoutes);
  app.route('/voices', createVoicesRoutes());
  app.route('/ears', earsRoutes);
  app.route('/thresholds', thresholdsRoutes);
  app.notFound((c) =>
    c.html(
      <Page title="Not here" place={operator.place}>
        <p>There is no such page. Perhaps what it showed has been deleted since.</p>
        <WayBack c={c} />
        <p>
          <a href={`${path}/runs`}>All runs</a>
        </p>
      </Page>,
      404,
    ),
  );
  app.onError((error, c) => {
    // What a page's script asks is answered so that it can say why.
    if (c.req.header('accept') === 'application/json') return c.json({ trouble: explain(error) }, 502);
    return c.html(
      <Page title="That did not work" place={operator.place}>
        <p class="notice bad" role="alert">
          {explain(error)}
        </p>
        <p>
          Nothing was changed that this page does not show. Mend what the message says, then{' '}
          {c.req.method === 'GET' ? 'load the page again.' : 'try it again.'}
        </p>
        <WayBack c={c} />
      </Page>,
      error.name === 'ResourceNotFoundException' ? 404 : 502,
    );
  });
  return app;
}
