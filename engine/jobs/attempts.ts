import { AudioError } from '../audio/errors.ts';
import type { EngineDeps } from '../deps.ts';
import { ConcurrentChangeError } from '../errors.ts';
import type { Job, Row } from '../store/jobs.ts';

/** A request that can't be fulfilled for what it asks. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** Tries of one request where the store or S3 is in trouble, or an item changes under it. */
const TRIES = 4;

/**
 * The row of one request by `attempt`, which finds its own work when it is made again. Whatever is wrong with the
 * request is that row's error, made by `fail`.
 */
export async function rowOf(
  attempt: () => Promise<Row>,
  fail: (statusCode: number, message: string) => Row,
  { job, index }: { job: Job; index: number },
  deps: EngineDeps,
): Promise<Row> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof AudioError || error instanceof RequestError) return fail(error.statusCode, error.message);
      if (tries < TRIES && !(error instanceof TypeError || error instanceof RangeError)) {
        if (!(error instanceof ConcurrentChangeError))
          await new Promise((resolve) => setTimeout(resolve, 200 * 4 ** tries));
        continue;
      }
      const name = error instanceof Error ? error.name : 'unknown';
      deps.logger.error('A request failed', { jobId: job.jobId, index, error: name });
      return fail(500, 'An internal error, after several tries: request it again.');
    }
  }
}
