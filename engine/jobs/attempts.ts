import { AudioError } from '../audio/errors.ts';
import type { EngineDeps } from '../deps.ts';
import { ConcurrentChangeError } from '../errors.ts';
import type { Job, Request, Row } from '../store/jobs.ts';
import type { Version, Write } from '../store/table.ts';

/** A request that can't be fulfilled for what it asks. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** What a request comes to: its row, and what is written with it or not at all. */
export interface Outcome {
  row: Row;
  writes?: readonly Write[];
  /** Once it is written. Where an engine dies before, the next one does it. */
  tell?: (version: Version) => Promise<void>;
}

/** Tries of one request where the store or S3 is in trouble. */
const TRIES = 4;
/** Tries where what it depends on changes under it: each is somebody else's success. */
const MOST_CHANGES = 50;

/**
 * Answers one request with what `attempt` comes to. Whatever is wrong with the request is its row's error, made by
 * `fail`. @returns whether it was answered here; not so where it stands unanswered no more, or its job has ended.
 */
export async function answerRequest(
  attempt: () => Promise<Outcome>,
  fail: (statusCode: number, message: string) => Row,
  { job, asked }: { job: Job; asked: Request },
  deps: EngineDeps,
): Promise<boolean> {
  let changes = 0;
  for (let tries = 1; ; ) {
    try {
      const { row, writes, tell } = await attemptOnce(attempt, fail);
      if (writes === undefined) await deps.store.jobs.answerAlone(job.jobId, asked, row);
      else {
        const version = await deps.store.jobs.answer(job.jobId, [{ asked, row }], writes);
        await tell?.(version);
      }
      return true;
    } catch (error) {
      if (error instanceof ConcurrentChangeError) {
        if (error.at === 0) return false;
        if (++changes < MOST_CHANGES) continue;
      } else if (tries < TRIES && !(error instanceof TypeError || error instanceof RangeError)) {
        await deps.sleep(200 * 4 ** tries++);
        continue;
      }
      const name = error instanceof Error ? error.name : 'unknown';
      deps.logger.error('A request failed', { jobId: job.jobId, place: asked.place, error: name });
      return answerFailure(
        fail(500, 'An internal error, after several tries: request it again.'),
        { job, asked },
        deps,
      );
    }
  }
}

async function attemptOnce(
  attempt: () => Promise<Outcome>,
  fail: (statusCode: number, message: string) => Row,
): Promise<Outcome> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof AudioError || error instanceof RequestError)) throw error;
    return { row: fail(error.statusCode, error.message) };
  }
}

async function answerFailure(
  row: Row,
  { job, asked }: { job: Job; asked: Request },
  deps: EngineDeps,
): Promise<boolean> {
  try {
    await deps.store.jobs.answer(job.jobId, [{ asked, row }]);
    return true;
  } catch (error) {
    if (error instanceof ConcurrentChangeError) return false;
    throw error;
  }
}
