import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { METRICS_NAMESPACE, SERVICE } from './metrics.ts';
import { loadTracing } from './tracing.ts';

export const logger = new Logger({ serviceName: SERVICE });
export const metrics = new Metrics({
  namespace: process.env.POWERTOOLS_METRICS_NAMESPACE || METRICS_NAMESPACE,
  serviceName: SERVICE,
});
const tracing = await loadTracing(SERVICE, process.env);
/** @returns the AWS client, whose calls are in the traces where tracing is on. */
export const { traced } = tracing;

/** Publishes what was measured; Powertools' own middleware warns at every invocation that measured nothing. */
function publishMetrics(): void {
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
}

/** A handler with logs, metrics and traces around it. Neither event nor answer is logged: they are not ours to keep. */
export function instrument<Result>(handle: (event: unknown, context: Context) => Promise<Result>) {
  return middy<unknown, Result>()
    .use(injectLambdaContext(logger, { clearState: true }))
    .use(tracing.middleware)
    .use({ after: publishMetrics, onError: publishMetrics })
    .handler(handle);
}

/** Every further log line of this invocation carries the upload's id. */
export function correlate(uploadId: string): void {
  logger.appendKeys({ correlation_id: uploadId });
}
