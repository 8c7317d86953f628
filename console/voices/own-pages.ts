import type { MiddlewareHandler } from 'hono';

/**
 * What changes something is asked by the console's own pages alone. A browser names the page's origin with every POST, and
 * the console's door refuses another one; what names none is no page.
 */
export const ownPagesOnly: MiddlewareHandler = async (c, next) => {
  if (c.req.method !== 'GET' && c.req.header('origin') === undefined) {
    return c.text('Nothing was done: found no Origin, expected that of one of the console’s own pages.\n', 403);
  }
  await next();
};
