import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type ApiHandler = typeof import('../../../engine/lambda/handlers/api.ts').handler;
/** Of payload format 2.0. */
export type ApiEvent = Extract<Parameters<ApiHandler>[0], { rawPath: string }>;

export interface ApiGateway {
  origin: string;
  /** What the function was called with. */
  events: ApiEvent[];
  stop(): Promise<void>;
}

/**
 * A request as an HTTP API of payload format 2.0 hands it on. A body of a content type that API Gateway takes for text
 * comes as it is; any other, such as `application/x-amz-json-1.0`, in base64.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function toEvent(request: IncomingMessage, body: Buffer, base64: boolean): ApiEvent {
  const url = new URL(request.url ?? '/', 'http://host');
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
  );
  const { method = '' } = request;
  const routeKey = `${method} ${url.pathname}`;
  return {
    version: '2.0',
    routeKey,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers: {
      ...headers,
      'x-amzn-trace-id': 'Root=1-00000000-000000000000000000000000',
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
    },
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      authentication: null,
      authorizer: {},
      domainName: headers.host ?? '',
      domainPrefix: 'api',
      http: {
        method,
        path: url.pathname,
        protocol: 'HTTP/1.1',
        sourceIp: '192.0.2.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey,
      stage: '$default',
      time: '20/May/2026:12:00:00 +0000',
      timeEpoch: 1779278400000,
    },
    body: body.length === 0 ? null : body.toString(base64 ? 'base64' : 'utf8'),
    isBase64Encoded: base64,
  };
}

/** Stands before `handler` as API Gateway does, on a port of this machine. */
export async function startApiGateway(handler: ApiHandler, { base64 }: { base64: boolean }): Promise<ApiGateway> {
  const events: ApiEvent[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const event = toEvent(request, Buffer.concat(chunks), base64);
    events.push(event);
    const { statusCode, headers = {}, body, isBase64Encoded } = await handler(event);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.writeHead(statusCode).end(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'));
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', () => done()));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    events,
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
