import type { EngineDeps } from '../deps.ts';
import type { Entry, Job } from '../store/jobs.ts';
import { beginAttempt, keepError } from './begin-attempt.ts';
import type { RefOfJob } from './change-job.ts';
import { endJob } from './end-job.ts';
import { ManifestError, readRequests } from './manifest.ts';
import { readInput } from './read-input.ts';

/** Requests in one batch, at most: on Lambda it has to be done within a function's time. */
const REQUESTS_PER_BATCH = 50;

/**
 * The manifest's requests in groups that don't depend on each other: a speaker's requests in manifest order. Fraudsters
 * are one group, as each may be a duplicate of the one before.
 * @throws ManifestError
 */
function groupsOf(job: Job, input: Uint8Array): Entry[][] {
  if (job.kind === 'REGISTRATION')
    return [readRequests('REGISTRATION', input).map((request, index) => ({ index, request }))];
  const entries = readRequests('ENROLLMENT', input).map((request, index) => ({ index, request }));
  return [...Map.groupBy(entries, ({ request }) => request.SpeakerId).values()];
}

/** Where batches end. A group of more requests than a batch holds is a batch of its own. */
function endsOf(groups: readonly (readonly Entry[])[], groupsInBatch: (left: number) => number): number[] {
  const ends: number[] = [];
  let at = 0;
  let held = { groups: 0, requests: 0, most: 0 };
  for (const [before, group] of groups.entries()) {
    at += group.length;
    const fits = held.groups < held.most && held.requests + group.length <= REQUESTS_PER_BATCH;
    if (fits) {
      ends[ends.length - 1] = at;
      held = { ...held, groups: held.groups + 1, requests: held.requests + group.length };
    } else {
      ends.push(at);
      held = { groups: 1, requests: group.length, most: groupsInBatch(groups.length - before) };
    }
  }
  return ends;
}

/**
 * A job's first step: its manifest is read, once, and its requests are stored in batches. A manifest that can't be read
 * ends the job. Begun again, it begins anew; where two engines do it, the later one's counts.
 * @param groupsInBatch at most, of so many groups that are in no batch yet.
 * @returns the job with its batches; undefined where it has ended.
 */
export async function prepareJob(
  ref: RefOfJob,
  groupsInBatch: (left: number) => number,
  deps: EngineDeps,
): Promise<(Job & { batchEnds: number[] }) | undefined> {
  const { jobs } = deps.store;
  const begun = await beginAttempt(ref, deps);
  if (begun === undefined) return undefined;
  const { job, version } = begun;
  if (job.batchEnds !== undefined) return { ...job, batchEnds: job.batchEnds };
  deps.logger.info('Job started', { jobId: job.jobId, kind: job.kind });
  try {
    const s3 = await deps.access(job, { read: [job.inputS3Uri.replace(/^s3:\/\//, '')] });
    const groups = groupsOf(job, await readInput(job, s3));
    await jobs.clearRequests(job, version);
    await jobs.addRequests(job, version, groups.flat());
    const prepared = { ...job, attempts: 0, batchEnds: endsOf(groups, groupsInBatch) };
    await jobs.put(prepared, version);
    return prepared;
  } catch (error) {
    if (!(error instanceof ManifestError)) {
      await keepError(ref, error, deps);
      throw error;
    }
    await endJob(ref, { status: 'FAILED', failure: { message: error.message, statusCode: 400 } }, deps);
    return undefined;
  }
}
