import type { MiddlewareObj } from '@middy/core';

/** What the functions' traces show beside what Lambda itself records: each call of an AWS client, each handler. */
export interface Tracing {
  /** @returns the client, whose calls are recorded from here on. */
  traced<Client extends object>(client: Client): Client;
  middleware: MiddlewareObj[];
}

/**
 * The X-Ray SDK is a third of a function's start: it is imported only where tracing is on. As Powertools has it, that is
 * unless `POWERTOOLS_TRACE_ENABLED` is `false`.
 */
export async function loadTracing(serviceName: string, env: NodeJS.ProcessEnv): Promise<Tracing> {
  if (env.POWERTOOLS_TRACE_ENABLED?.toLowerCase() === 'false') {
    return { traced: (client) => client, middleware: [] };
  }
  const [{ Tracer }, { captureLambdaHandler }] = await Promise.all([
    import('@aws-lambda-powertools/tracer'),
    import('@aws-lambda-powertools/tracer/middleware'),
  ]);
  // Who is called by other means than an AWS client? Nobody: Node's http and fetch need no watching.
  const tracer = new Tracer({ serviceName, captureHTTPsRequests: false });
  return {
    traced: (client) => tracer.captureAWSv3Client(client),
    middleware: [captureLambdaHandler(tracer, { captureResponse: false })],
  };
}
