import type { EngineDeps } from '../deps.ts';
import { ConcurrentChangeError } from '../errors.ts';
import type { Entry, Job, Request, Row } from '../store/jobs.ts';
import { MOST_WRITES } from '../store/table.ts';
import { beginAttempt, keepError } from './begin-attempt.ts';
import type { RefOfJob } from './change-job.ts';
import { endJob } from './end-job.ts';
import { failure } from './enroll-speaker.ts';
import { ManifestError } from './manifest.ts';
import { writeOutputFile } from './output-file.ts';
import { outputLocation } from './output-location.ts';
import { refuseSameVoice } from './refuse-same-voice.ts';
import { sameVoice } from './same-voice.ts';

const NOT_DONE = 'An internal error: the request was not worked on. Enroll the speaker again.';

/**
 * The rows of all of a job's requests. One that nobody has answered has no more than an internal error from here on:
 * who comes late with its answer can't write it.
 */
async function rowsOf(job: Job, deps: EngineDeps): Promise<Row[]> {
  const { jobs } = deps.store;
  for (;;) {
    const rows: Row[] = [];
    const unanswered: (Request & { entry: Entry })[] = [];
    for await (const request of jobs.requests(job.jobId)) {
      if (request.entry === undefined) rows.push(request.row);
      else unanswered.push(request);
    }
    if (unanswered.length === 0) return rows;
    for (let at = 0; at < unanswered.length; at += MOST_WRITES) {
      const answers = unanswered
        .slice(at, at + MOST_WRITES)
        .map((asked) => ({ asked, row: failure(asked.entry.index, asked.entry.request.RequestId, 500, NOT_DONE) }));
      try {
        await jobs.answer(job.jobId, answers);
      } catch (error) {
        // One of them was answered at this moment.
        if (!(error instanceof ConcurrentChangeError)) throw error;
      }
    }
  }
}

/**
 * A job's last step, whoever works on it: its rows become the output file, and it ends. What looks at all of a job's
 * rows does it here.
 */
export async function mergeJob(ref: RefOfJob, deps: EngineDeps): Promise<void> {
  const begun = await beginAttempt(ref, deps);
  if (begun === undefined) return;
  const { job } = begun;
  if (job.batchEnds === undefined) {
    const last = job.lastError === undefined ? '' : `, for ${job.lastError}`;
    const message = `The job could not be prepared${last}: start it again.`;
    return endJob(ref, { status: 'FAILED', failure: { message, statusCode: 500 } }, deps);
  }
  try {
    const rows = await rowsOf(job, deps);
    const total = job.batchEnds.at(-1) ?? 0;
    // Somebody else has ended the job, and is deleting its rows: a file of those left would replace the whole one.
    if (rows.length < total) throw new IncompleteError(`Found ${rows.length} rows, expected ${total}.`);
    const { bucket, key } = outputLocation(job);
    const shared = await sameVoice(job, rows, deps);
    const final = deps.settings.sameVoice === 'REFUSE' ? await refuseSameVoice(job, rows, shared, deps) : rows;
    await writeOutputFile(job, { rows: final, shared }, await deps.access(job, { write: [`${bucket}/${key}`] }));
    const status = final.some(({ failed }) => failed) ? 'COMPLETED_WITH_ERRORS' : 'COMPLETED';
    await endJob(ref, { status, percentComplete: 100 }, deps);
  } catch (error) {
    if (!(error instanceof ManifestError)) {
      await keepError(ref, error, deps);
      throw error;
    }
    await endJob(ref, { status: 'FAILED', failure: { message: error.message, statusCode: 400 } }, deps);
  }
}

/** A job's rows are not all there. */
export class IncompleteError extends Error {
  override readonly name = 'IncompleteError';
}
