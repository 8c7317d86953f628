import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import type { EngineDeps } from '../deps.ts';
import {
  ApiError,
  ConcurrentChangeError,
  ConflictException,
  InternalServerException,
  InvalidSignatureException,
  SerializationException,
  ThrottledError,
  ThrottlingException,
  UnknownOperationException,
} from '../errors.ts';
import { checkLength, readBody, Unvouched } from './body.ts';
import { type Constraint, parse } from './constraints.ts';
import { thresholdsOf } from './domain-thresholds.ts';
import { examineRecording } from './examine-recording.ts';
import { feedSession, type Listening } from './feed-session.ts';
import { fraudstersByModel } from './fraudsters-by-model.ts';
import { modelCard } from './model-card.ts';
import type { Operation } from './operation.ts';
import { operations } from './operations/index.ts';
import { RateLimiter } from './rates.ts';
import { type OperationName, shapes } from './shapes.ts';
import { type RequestHead, readClaim, verifySignature } from './signature.ts';
import { undisturbed } from './undisturbed.ts';

/** Bytes: 200 tags of the longest keys and values, each of their characters escaped. */
const MAX_TAGS_BYTES = 512 * 1024;
/** Bytes of any other request: the longest, a job's with all of its URIs escaped, stays below. */
const MAX_REQUEST_BYTES = 64 * 1024;
const WITH_TAGS: ReadonlySet<OperationName> = new Set(['CreateDomain', 'TagResource', 'UntagResource']);
/** A chunk of a session's audio: as large as a recording may be. */
const MAX_AUDIO_BYTES = 20 * 1024 * 1024;
/** Until the last byte of a body, milliseconds; one of audio comes over a slow line, perhaps. */
const BODY_MS = 10_000;
const AUDIO_MS = 60_000;
/** Bytes of bodies whose signature can be checked only when they are there: of all of them at once, and of each. */
const MAX_UNVOUCHED_BYTES = 4 * 1024 * 1024;
const MAX_UNVOUCHED_BODY_BYTES = MAX_TAGS_BYTES;
/** Levels of a request's JSON; the model's deepest has five. */
const MAX_DEPTH = 32;
const CONTENT_TYPE = 'application/x-amz-json-1.0';
const TARGET = /^VoiceID\.([A-Za-z]+)$/;

function isOperation(name: string): name is OperationName {
  return Object.hasOwn(shapes, name);
}

function headOf(request: Request): RequestHead {
  const url = new URL(request.url);
  return {
    method: request.method,
    path: url.pathname,
    query: url.searchParams,
    headers: new Map(request.headers),
  };
}

/** Deepest nesting of objects and lists, strings skipped. */
function depthOf(text: string): number {
  let level = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      at++;
      while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
    } else if (character === '{' || character === '[') depth = Math.max(depth, ++level);
    else if (character === '}' || character === ']') level--;
  }
  return depth;
}

function parseJson(body: Uint8Array): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    if (depthOf(text) > MAX_DEPTH) throw new SyntaxError(`It nests deeper than ${MAX_DEPTH}.`);
    return JSON.parse(text);
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
  } else if (error instanceof ThrottledError) {
    answer = new ThrottlingException('The table takes no more at this moment: try again later.');
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
  const request = parse(shape, parseJson(body));
  return undisturbed(() => operation(request, deps), deps);
}

/**
 * The Voice ID API as a fetch handler: no socket of its own, so that Node, Lambda and tests serve the same.
 * @param listening to calls; without it no audio is taken.
 */
export function createRouter(deps: EngineDeps, listening?: Listening): (request: Request) => Promise<Response> {
  const { settings } = deps;
  const limiter = new RateLimiter(settings.rates, deps.now);
  const unvouched = new Unvouched(MAX_UNVOUCHED_BYTES);
  /** The body of a request that is one of our clients'. What its head gives away is found out before the body is read. */
  const admit = async (request: Request, most: number, within: number): Promise<Uint8Array> => {
    const head = headOf(request);
    checkLength(head.headers.get('content-length'), most);
    const claim = readClaim(head, settings.accessKeys, settings.region, new Date(deps.now()));
    if (claim.bodyHash === undefined) {
      const short = Math.min(most, MAX_UNVOUCHED_BODY_BYTES);
      checkLength(head.headers.get('content-length'), short, ' where X-Amz-Content-Sha256 is not given');
      const body = await readBody(request.body, { most: short, within: BODY_MS, unvouched });
      await verifySignature(head, claim, body.hash);
      return body.bytes;
    }
    await verifySignature(head, claim, claim.bodyHash);
    const body = await readBody(request.body, { most, within });
    if (body.hash !== claim.bodyHash)
      throw new InvalidSignatureException('The body is not the one that X-Amz-Content-Sha256 names.');
    return body.bytes;
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
      const name = TARGET.exec(context.req.header('x-amz-target') ?? '')?.[1];
      const known = name !== undefined && isOperation(name);
      const most = known && WITH_TAGS.has(name) ? MAX_TAGS_BYTES : MAX_REQUEST_BYTES;
      const body = await admit(context.req.raw, most, BODY_MS);
      if (!known) throw new UnknownOperationException('No such operation of Voice ID.');
      limiter.take(name);
      return call(name, body, deps);
    }),
  );
  if (listening !== undefined) {
    app.post('/_sessions/:domainId/:sessionName/audio', (context) =>
      answered(async () => {
        const body = await admit(context.req.raw, listening.mostBytes ?? MAX_AUDIO_BYTES, AUDIO_MS);
        const { domainId, sessionName } = context.req.param();
        const query = new URL(context.req.url).searchParams;
        const contentType = context.req.header('content-type');
        return feedSession({ domainId, sessionName, query, contentType, body }, { ...deps, ...listening });
      }),
    );
    app.post('/_recordings', (context) =>
      answered(async () => {
        const body = await admit(context.req.raw, listening.mostBytes ?? MAX_AUDIO_BYTES, AUDIO_MS);
        const query = new URL(context.req.url).searchParams;
        const contentType = context.req.header('content-type');
        return examineRecording({ query, contentType, body }, { ...deps, ...listening });
      }),
    );
  }
  app.get('/_model', (context) =>
    answered(async () => {
      await admit(context.req.raw, MAX_REQUEST_BYTES, BODY_MS);
      return modelCard(deps);
    }),
  );
  app.get('/_thresholds/:domainId', (context) =>
    answered(async () => {
      await admit(context.req.raw, MAX_REQUEST_BYTES, BODY_MS);
      return thresholdsOf(context.req.param('domainId'), deps);
    }),
  );
  app.get('/_fraudsters/:domainId', (context) =>
    answered(async () => {
      await admit(context.req.raw, MAX_REQUEST_BYTES, BODY_MS);
      return fraudstersByModel(context.req.param('domainId'), new URL(context.req.url).searchParams, deps);
    }),
  );
  app.notFound(() => answered(() => Promise.reject(new UnknownOperationException('Nothing is served at this path.'))));
  return async (request) => app.fetch(request);
}
