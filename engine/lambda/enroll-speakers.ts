import type { S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { enrollSpeaker } from '../jobs/enroll-speaker.ts';
import { registerFraudster } from '../jobs/register-fraudster.ts';
import type { Job, Row } from '../store/jobs.ts';
import { hasEnded } from './end-job.ts';
import type { JobDeps } from './job-deps.ts';
import { batchSchema, type Entry, readGroups } from './job-files.ts';
import { tellProgress } from './progress.ts';
import { jobRefSchema } from './start-next-job.ts';

export const inputSchema = z.object({ job: jobRefSchema, total: z.number(), batch: batchSchema });

export interface EnrollSpeakersDeps extends JobDeps {
  /** Adds to the job's count of rows, gives the count. */
  count(jobId: string, rows: number): Promise<number>;
  /** Milliseconds that the function has left. */
  timeLeft(): number;
}

/** The batch could not be done within the function's time; what was done is kept. The state machine calls again. */
export class UnfinishedError extends Error {
  override readonly name = 'UnfinishedError';
}

/** No request is begun with less left, milliseconds: ten recordings of twenty minutes each take less. */
const ENOUGH_TIME = 200_000;
/** Groups at once: one is fetched while another is computed. */
const WIDTH = 2;

/** The recordings that the batch's requests name, as `bucket/key`. */
function reachOf(groups: readonly Entry[][]): string[] {
  const uris = groups.flat().flatMap(({ request }) => request.AudioSpecifications.map(({ S3Uri }) => S3Uri));
  return [...new Set(uris)].filter((uri) => uri.startsWith('s3://')).map((uri) => uri.slice('s3://'.length));
}

function step(job: Job, { index, request }: Entry, s3: S3Client, deps: JobDeps): Promise<Row> {
  const { SpeakerId, ...rest } = request;
  return SpeakerId === undefined
    ? registerFraudster({ job, index, request: rest }, s3, deps)
    : enrollSpeaker({ job, index, request: { ...rest, SpeakerId } }, s3, deps);
}

/**
 * Some groups of a job's requests, each request by the step that the local worker pool runs. A row is kept as soon as
 * it is known; called again, only requests without a row are worked on.
 * @throws UnfinishedError
 */
export async function enrollSpeakers(
  input: z.infer<typeof inputSchema>,
  deps: EnrollSpeakersDeps,
): Promise<{ rows: number }> {
  const { jobs } = deps.store;
  const { kind, domainId, jobId } = input.job;
  const job = (await jobs.get(kind, domainId, jobId))?.job;
  const groups = await readGroups(jobId, input.batch, deps.files);
  if (job === undefined || hasEnded(job) || groups === undefined) return { rows: 0 };
  const s3 = await deps.access(job, { read: reachOf(groups) });

  let rows = 0;
  const queue = groups.values();
  const work = async () => {
    for (const group of queue) {
      for (const entry of group) {
        if (await jobs.hasRow(jobId, entry.index)) continue;
        if (deps.timeLeft() < ENOUGH_TIME) throw new UnfinishedError('The batch goes on in the next call.');
        await jobs.putRows(jobId, [await step(job, entry, s3, deps)]);
        rows++;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: WIDTH }, work));
  if (rows > 0) await tellProgress(input.job, await deps.count(jobId, rows), input.total, deps);
  for (const result of ended) if (result.status === 'rejected') throw result.reason;
  return { rows };
}
