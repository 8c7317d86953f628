/**
 * A function of the engine's API in a process of its own: `node function-process.ts BUNDLE`. Imports the bundle, prints
 * its port and the milliseconds of the import, and hands requests to the handler as API Gateway does (payload format 2.0).
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';

const answerSchema = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string(),
  isBase64Encoded: z.boolean().default(false),
});
const moduleSchema = z.object({
  handler: z.custom<(event: unknown) => Promise<unknown>>((it) => typeof it === 'function'),
});

const [bundle] = process.argv.slice(2);
if (bundle === undefined) throw new Error('Expected BUNDLE.');
const begin = performance.now();
const { handler } = moduleSchema.parse(await import(pathToFileURL(bundle).href));
const importMs = performance.now() - begin;

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://host');
  const body = Buffer.concat(await request.toArray());
  const answer = await handler({
    version: '2.0',
    routeKey: '$default',
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers: request.headers,
    requestContext: {
      domainName: request.headers.host,
      http: { method: request.method, path: url.pathname, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: '' },
    },
    body: body.toString('base64'),
    isBase64Encoded: true,
  });
  const { statusCode, headers, body: text, isBase64Encoded } = answerSchema.parse(answer);
  response.writeHead(statusCode, headers).end(Buffer.from(text, isBase64Encoded ? 'base64' : 'utf8'));
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ port, importMs })}\n`);
});
