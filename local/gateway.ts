import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { AwsError } from './aws-error.ts';
import { type InvokeAnswer, invokedFunction } from './lambda-api.ts';
import type { VideoStreams } from './video-streams.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface Health {
  /** `ok` while everything is served and work is taken; `draining` from the signal to stop on. */
  status: 'starting' | 'ok' | 'draining';
  parts?: Record<string, string>;
}

/** What stands behind the one port. */
export interface Services {
  /** The Voice ID engine. */
  voiceId(request: Request): Promise<Response>;
  eventBus(action: string, input: unknown): object;
  stepFunctions(action: string, input: unknown): object;
  database: Handler;
  queues: Handler;
  objectStorage: Handler;
  videoStreams: VideoStreams;
  invoke(functionName: string, invocationType: string, event: unknown): Promise<InvokeAnswer>;
  /** The web console, which has a door of its own. */
  console(request: Request): Promise<Response>;
  health(): Health;
}

/** Bytes of a request to a JSON API. */
const MAX_JSON_BYTES = 1024 * 1024;

/** Whether a host name is this machine alone. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname === '[::1]' ||
    hostname === '::1' ||
    (isIP(hostname) === 4 && hostname.startsWith('127.'))
  );
}

/** The name in a Host header or an origin, without its port. */
function hostnameOf(host: string): string {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : '';
}

function answerJson(
  response: ServerResponse,
  statusCode: number,
  body: object,
  type = 'application/x-amz-json-1.0',
): void {
  response.writeHead(statusCode, { 'content-type': type });
  response.end(JSON.stringify(body));
}

/**
 * `GET /_health`: whether everything is there, until the last moment. `GET /_ready`: whether work is taken, which is not
 * so while the cloud drains. @returns whether it was one of them.
 */
function answeredHealth(request: IncomingMessage, response: ServerResponse, health: Health): boolean {
  const { url } = request;
  if (url !== '/_health' && url !== '/_ready') return false;
  const well = health.status === 'ok' || (url === '/_health' && health.status === 'draining');
  const body = url === '/_health' ? health : { status: health.status };
  answerJson(response, well ? 200 : 503, body, 'application/json');
  return true;
}

const refusal = (error: AwsError) => ({ __type: error.name, message: error.message, Message: error.message });

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > MAX_JSON_BYTES)
      throw new AwsError('RequestEntityTooLargeException', `The request is longer than ${MAX_JSON_BYTES} bytes.`, 413);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}');
  } catch {
    throw new AwsError('SerializationException', 'The request is not JSON.');
  }
}

async function serveJson(
  request: IncomingMessage,
  response: ServerResponse,
  call: (input: unknown) => object,
): Promise<void> {
  const type = request.headers['content-type'] ?? 'application/x-amz-json-1.0';
  try {
    answerJson(response, 200, call(await readJson(request)), type);
  } catch (error) {
    const known = error instanceof AwsError ? error : new AwsError('InternalFailure', String(error), 500);
    answerJson(response, known.statusCode, refusal(known), type);
  }
}

/** A REST API's answer; where it fails before its first byte, the error in the form that REST clients read. */
async function serveRest(response: ServerResponse, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const known = error instanceof AwsError ? error : new AwsError('InternalFailure', String(error), 500);
    // An answer that has begun can only be cut off.
    if (response.headersSent) return void response.destroy();
    response.setHeader('x-amzn-errortype', known.name);
    answerJson(response, known.statusCode, refusal(known), 'application/json');
  }
}

/** Kinesis Video Streams and Lambda, the REST APIs beside S3; undefined for a request of neither. */
function restApi(
  request: IncomingMessage,
  response: ServerResponse,
  services: Services,
): (() => Promise<void>) | undefined {
  if (request.method !== 'POST') return undefined;
  const { videoStreams } = services;
  switch (request.url) {
    case '/getDataEndpoint':
      return async () => {
        const endpoint = videoStreams.getDataEndpoint(await readJson(request), `http://${request.headers.host}`);
        answerJson(response, 200, endpoint, 'application/json');
      };
    case '/getMedia':
      return async () => videoStreams.getMedia(await readJson(request), response);
    case '/putMedia':
      return () => videoStreams.putMedia(request, response);
  }
  const functionName = invokedFunction(request.url ?? '');
  if (functionName === undefined) return undefined;
  return async () => {
    const type = String(request.headers['x-amz-invocation-type'] ?? 'RequestResponse');
    const { statusCode, headers, body } = await services.invoke(functionName, type, await readJson(request));
    response.writeHead(statusCode, { 'content-type': 'application/json', ...headers });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  };
}

/**
 * A page of another site must not reach the stand-ins, which take any signature: not by its own requests (`Origin`),
 * and not under a name of its own that resolves to this machine (`Host`).
 */
function foreign(request: IncomingMessage): string | undefined {
  const host = request.headers.host ?? '';
  if (!isLoopback(hostnameOf(host))) return `Found the Host ${host || 'header missing'}, expected one of this machine.`;
  const { origin } = request.headers;
  if (origin !== undefined && origin !== `http://${host}`)
    return `Found the Origin ${origin}, expected none or http://${host}.`;
  return undefined;
}

/** The engine's own paths, beside the Voice ID API. */
const OF_THE_ENGINE = /^\/_(?:(?:sessions|fraudsters|thresholds)\/|(?:recordings|model)(?:$|\?))/;

function dispatch(services: Services): Handler {
  const voiceId = getRequestListener(services.voiceId, { overrideGlobalObjects: false });
  const console = getRequestListener(services.console, { overrideGlobalObjects: false });
  return (request, response) => {
    const url = request.url ?? '/';
    const target = String(request.headers['x-amz-target'] ?? '');
    const [service = '', action = ''] = target.split('.');
    if (answeredHealth(request, response, services.health())) return;
    if (/^\/_console(?=[/?]|$)/.test(url)) return void console(request, response);
    if (service === 'VoiceID' || OF_THE_ENGINE.test(url)) return void voiceId(request, response);
    if (service === 'AWSEvents') return void serveJson(request, response, (input) => services.eventBus(action, input));
    if (service === 'AWSStepFunctions')
      return void serveJson(request, response, (input) => services.stepFunctions(action, input));
    if (service.startsWith('DynamoDB_')) return services.database(request, response);
    if (service === 'AmazonSQS') return services.queues(request, response);
    if (target !== '') {
      const error = new AwsError('UnknownOperationException', `${target} is not served by this local cloud.`);
      return answerJson(response, 400, refusal(error));
    }
    const rest = restApi(request, response, services);
    if (rest !== undefined) return void serveRest(response, rest);
    // SQS's older protocol; S3 takes no such bodies.
    const form = String(request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
    if (form && request.method === 'POST' && !url.includes('?')) return services.queues(request, response);
    services.objectStorage(request, response);
  };
}

function harden(server: Server): Server {
  server.headersTimeout = 15_000;
  // An upload may take its time, a connection that says nothing may not.
  server.requestTimeout = 10 * 60_000;
  server.keepAliveTimeout = 30_000;
  server.setTimeout(120_000);
  server.maxHeadersCount = 200;
  return server;
}

/** Everything on one port, for this machine alone. */
export function createGateway(services: Services): Server {
  const serve = dispatch(services);
  return harden(
    createServer({ maxHeaderSize: 32 * 1024 }, (request, response) => {
      const why = foreign(request);
      if (why === undefined) serve(request, response);
      else answerJson(response, 403, { __type: 'AccessDeniedException', message: why, Message: why });
    }),
  );
}

/** The Voice ID API alone, for other machines too: it verifies every signature itself. */
export function createVoiceIdServer(services: Pick<Services, 'voiceId' | 'health'>): Server {
  const voiceId = getRequestListener(services.voiceId, { overrideGlobalObjects: false });
  return harden(
    createServer({ maxHeaderSize: 32 * 1024 }, (request, response) => {
      if (!answeredHealth(request, response, services.health())) void voiceId(request, response);
    }),
  );
}
