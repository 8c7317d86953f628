import type { S3Client } from '@aws-sdk/client-s3';
import type { EngineDeps } from '../deps.ts';
import { type Batch, type Entry, hasEnded, type Job, type Request } from '../store/jobs.ts';
import type { Look } from '../store/speakers.ts';
import { changeJob } from './change-job.ts';
import { enrollSpeaker, tellAgain } from './enroll-speaker.ts';
import { registerFraudster } from './register-fraudster.ts';

type Asked = Request & { entry: Entry; look?: Look | undefined };

/** Requests that depend on each other's outcome, in order. */
function groupsOf(asked: readonly Asked[], { kind }: Job): Asked[][] {
  return kind === 'REGISTRATION'
    ? [[...asked]]
    : [...Map.groupBy(asked, ({ entry }) => entry.request.SpeakerId).values()];
}

/**
 * The groups, their speakers looked at with one call for all. Whoever comes second in a group looks again: the one before
 * may have enrolled the speaker.
 */
async function lookedAt(groups: readonly Asked[][], { domainId }: Job, { store }: EngineDeps): Promise<Asked[][]> {
  const ids = groups.flatMap(([first]) => first?.entry.request.SpeakerId ?? []);
  const looks = await store.speakers.lookEach(domainId, ids);
  return groups.map((group) =>
    group.map((asked, at) => (at === 0 ? { ...asked, look: looks.get(asked.entry.request.SpeakerId ?? '') } : asked)),
  );
}

/** The recordings that requests name, as `bucket/key`. */
function reachOf(asked: readonly Asked[]): string[] {
  const uris = asked.flatMap(({ entry }) => entry.request.AudioSpecifications.map(({ S3Uri }) => S3Uri));
  return [...new Set(uris)].filter((uri) => uri.startsWith('s3://')).map((uri) => uri.slice('s3://'.length));
}

function answer(job: Job, asked: Asked, s3: S3Client, deps: EngineDeps): Promise<boolean> {
  const { index, request } = asked.entry;
  const { SpeakerId, ...rest } = request;
  return SpeakerId === undefined
    ? registerFraudster({ job, index, request: rest }, asked, s3, deps)
    : enrollSpeaker({ job, index, request: { ...rest, SpeakerId }, look: asked.look }, asked, s3, deps);
}

/**
 * Moves the job's percentage on, never back; 100 is for the end, when the output file is there. Of all that add to one
 * count, one comes to each per cent, and writes it: the others leave the job, which all of them share, alone.
 */
async function tellProgress(job: Job, answered: number, deps: EngineDeps): Promise<void> {
  const total = job.batchEnds?.at(-1) ?? 1;
  const percentOf = (rows: number) => Math.min(99, Math.floor((100 * rows) / total));
  const done = await deps.store.jobs.count(job.jobId, answered, deps.now());
  const percentComplete = percentOf(done);
  if (percentComplete === percentOf(done - answered)) return;
  const further = (it: Job) =>
    hasEnded(it) || it.percentComplete >= percentComplete ? it : { ...it, percentComplete };
  await changeJob(job, further, deps);
}

export interface WorkOptions {
  /** Groups at once. */
  width: number;
  /** Whether there is time for one more request. */
  go: () => boolean;
}

/**
 * Answers those requests of a batch that stand unanswered. A row is kept as soon as it is known, with all that belongs
 * to it; done again, or by two engines at once, no request is answered twice.
 * @returns whether nothing is left to do; not so where `go` said to stop.
 */
export async function workBatch(
  job: Job,
  batch: Batch,
  { width, go }: WorkOptions,
  deps: EngineDeps,
): Promise<boolean> {
  const asked: Asked[] = [];
  for await (const request of deps.store.jobs.requests(job.jobId, batch)) {
    if (request.entry !== undefined) asked.push(request);
    // By an engine that is gone, or no longer at it.
    else await tellAgain(job, request.row, deps);
  }
  if (asked.length === 0) return true;
  const s3 = await deps.access(job, { read: reachOf(asked) });
  const queue = (await lookedAt(groupsOf(asked, job), job, deps)).values();
  let answered = 0;
  let stopped = false;
  const work = async () => {
    for (const group of queue) {
      for (const request of group) {
        stopped ||= !go();
        if (stopped) return;
        if (await answer(job, request, s3, deps)) answered++;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: width }, work));
  if (answered > 0) await tellProgress(job, answered, deps);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return !stopped;
}
