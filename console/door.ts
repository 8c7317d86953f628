import { timingSafeEqual } from 'node:crypto';
import { parse } from 'hono/utils/cookie';

/**
 * What every answer says. Nothing is loaded from another host, no other page may frame or read this one, no cache keeps
 * it, and no other site is told where a link was followed.
 */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
};

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/;

const READS = new Set(['GET', 'HEAD']);

function refused(why: string): Response {
  return new Response(
    `${why}\n\nOpen the console by the link that npm start, or npm run vivavoce -- console, has printed.\n`,
    { status: 403, headers: { 'content-type': 'text/plain; charset=utf-8' } },
  );
}

const same = (a: string, b: string) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

/** The page that a link with a token shows for a moment: what follows comes from this site itself, and has the cookie. */
const entrance = (path: string) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Vivavoce</title><meta http-equiv="refresh" content="0;url=${path}/"><a href="${path}/">Go on to the console</a></html>`;

/**
 * Lets those in who came by the link: by its token once, then by a cookie for this site alone. Requests of other sites'
 * pages, and under another name than this machine's own, are refused before anything is read.
 * @param path where the console is, such as `/_console`
 */
export function createDoor(
  path: string,
  token: string,
): (request: Request, enter: () => Promise<Response>) => Promise<Response> {
  async function answer(request: Request, enter: () => Promise<Response>): Promise<Response> {
    const url = new URL(request.url);
    const host = request.headers.get('host') ?? url.host;
    if (!LOOPBACK.test(host)) return refused(`Found the Host ${host}, expected one of this machine.`);
    const origin = request.headers.get('origin');
    if (origin !== null && origin !== `http://${host}`) {
      return refused(`Found the Origin ${origin}, expected http://${host}.`);
    }
    // Browsers name the page's origin with all that changes something: what names none is no page of the console.
    if (origin === null && !READS.has(request.method)) {
      return refused(`Found no Origin with a ${request.method}, expected http://${host}.`);
    }
    // Cookies of a host are shared by all its ports: each console has its own.
    const cookie = `vivavoce-console-${/:(\d+)$/.exec(host)?.[1] ?? '80'}`;
    const given = url.searchParams.get('token');
    if (given !== null) {
      if (!same(given, token)) return refused('The token of the link is not the one of this console.');
      return new Response(entrance(path), {
        headers: {
          'content-type': 'text/html; charset=utf-8',
          'set-cookie': `${cookie}=${token}; Path=${path}; HttpOnly; SameSite=Strict`,
        },
      });
    }
    if (!same(parse(request.headers.get('cookie') ?? '')[cookie] ?? '', token)) {
      return refused('The console needs the token of its link.');
    }
    return enter();
  }
  return async (request, enter) => {
    const response = await answer(request, enter);
    for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
    return response;
  };
}
