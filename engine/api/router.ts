import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import type { EngineDeps } from '../deps.ts';
import {
  ApiError,
  ConcurrentChangeError,
  ConflictException,
  InternalServerException,
  RequestEntityTooLargeException,
  SerializationException,
  UnknownOperationException,
} from '../errors.ts';
import { type Constraint, parse } from './constraints.ts';
import { feedSession, type Listening } from './feed-session.ts';
import { fraudstersByModel } from './fraudsters-by-model.ts';
import type { Operation } from './operation.ts';
import { operations } from './operations/index.ts';
import { RateLimiter } from './rates.ts';
import { type OperationName, shapes } from './shapes.ts';
import { type SignedRequest, verifySignature } from './signature.ts';

/** Bytes. The longest request of the service model, 200 tags of the longest keys and values, stays below. */
const MAX_REQUEST_BYTES = 1024 * 1024;
/** A chunk of a session's audio: as large as a recording may be. */
const MAX_AUDIO_BYTES = 20 * 1024 * 1024;
const CONTENT_TYPE = 'application/x-amz-json-1.0';
const TARGET = /^VoiceID\.([A-Za-z]+)$/;

function isOperation(name: string): name is OperationName {
  return Object.hasOwn(shapes, name);
}

/** The body, as far as it is allowed to be long: a longer one is not read to its end. */
async function bodyOf(request: Request, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  if (request.body === null) return new Uint8Array();
  for await (const chunk of request.body) {
    length += chunk.length;
    if (length > most) throw new RequestEntityTooLargeException(`The request is longer than ${most} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function signedRequest(request: Request, body: Uint8Array): SignedRequest {
  const url = new URL(request.url);
  return {
    method: request.method,
    path: url.pathname,
    query: url.searchParams,
    headers: new Map(request.headers),
    body,
  };
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw new SerializationException('The request is not JSON.', { cause });
  }
}

/** The one place that turns errors into answers; what it does not know is logged and answered with a bare 500. */
function errorAnswer(error: unknown, requestId: string, deps: EngineDeps): Response {
  let answer: ApiError;
  if (error instanceof ApiError) answer = error;
  else if (error instanceof ConcurrentChangeError) {
    answer = new ConflictException('The resource was changed meanwhile: try again.', 'CONCURRENT_CHANGES');
  } else {
    deps.logger.error('A request failed', { requestId, error: error instanceof Error ? error.name : 'unknown' });
    answer = new InternalServerException('An internal error: try again.');
  }
  return Response.json(
    { __type: answer.name, Message: answer.message, ...answer.members },
    {
      status: answer.statusCode,
      headers: { 'content-type': CONTENT_TYPE, 'x-amzn-requestid': requestId, 'x-amzn-errortype': answer.name },
    },
  );
}

async function call<Name extends OperationName>(name: Name, body: Uint8Array, deps: EngineDeps): Promise<object> {
  // Shape and operation have the same name: TypeScript does not follow the correlation through the union.
  const shape = shapes[name] as Constraint<Parameters<Operation<Name>>[0]>;
  const operation: Operation<Name> = operations[name];
  return operation(parse(shape, parseJson(body)), deps);
}

/**
 * The Voice ID API as a fetch handler: no socket of its own, so that Node, Lambda and tests serve the same.
 * @param listening to calls; without it no audio is taken.
 */
export function createRouter(deps: EngineDeps, listening?: Listening): (request: Request) => Promise<Response> {
  const { settings } = deps;
  const limiter = new RateLimiter(settings.rates, deps.now);
  const admit = async (request: Request, most: number): Promise<Uint8Array> => {
    const body = await bodyOf(request, most);
    await verifySignature(signedRequest(request, body), settings.accessKeys, settings.region, new Date(deps.now()));
    return body;
  };
  const answered = async (work: (requestId: string) => Promise<object>): Promise<Response> => {
    const requestId = randomUUID();
    try {
      const answer = await work(requestId);
      return Response.json(answer, { headers: { 'content-type': CONTENT_TYPE, 'x-amzn-requestid': requestId } });
    } catch (error) {
      return errorAnswer(error, requestId, deps);
    }
  };

  const app = new Hono();
  app.get('/_health', (context) => context.json({ status: 'ok', model: deps.pool.model.id }));
  app.post('/', (context) =>
    answered(async () => {
      const body = await admit(context.req.raw, MAX_REQUEST_BYTES);
      const name = TARGET.exec(context.req.header('x-amz-target') ?? '')?.[1];
      if (name === undefined || !isOperation(name))
        throw new UnknownOperationException('No such operation of Voice ID.');
      limiter.take(name);
      return call(name, body, deps);
    }),
  );
  if (listening !== undefined) {
    app.post('/_sessions/:domainId/:sessionName/audio', (context) =>
      answered(async () => {
        const body = await admit(context.req.raw, MAX_AUDIO_BYTES);
        const { domainId, sessionName } = context.req.param();
        const query = new URL(context.req.url).searchParams;
        const contentType = context.req.header('content-type');
        return feedSession({ domainId, sessionName, query, contentType, body }, { ...deps, ...listening });
      }),
    );
  }
  app.get('/_fraudsters/:domainId', (context) =>
    answered(async () => {
      await admit(context.req.raw, MAX_REQUEST_BYTES);
      return fraudstersByModel(context.req.param('domainId'), new URL(context.req.url).searchParams, deps);
    }),
  );
  app.notFound(() => answered(() => Promise.reject(new UnknownOperationException('Nothing is served at this path.'))));
  return async (request) => app.fetch(request);
}
