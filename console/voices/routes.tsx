import { Hono } from 'hono';
import type { Env } from '../env.ts';
import { createErasures } from './erasures/erasures.ts';
import { erasureRoutes } from './erasures/routes.tsx';
import { speakersRoutes } from './speakers/routes.tsx';
import { watchlistsRoutes } from './watchlists/routes.tsx';

/** Whom the engine knows, and whom it is warned of. */
export const createVoicesRoutes = () =>
  new Hono<Env>()
    .route('/', speakersRoutes)
    .route('/', watchlistsRoutes)
    .route('/erasures', erasureRoutes(createErasures()));
