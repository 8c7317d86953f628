import { GetExecutionHistoryCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { DescribeSpeakerEnrollmentJobCommand, type VoiceIDClient } from '@aws-sdk/client-voice-id';
import { z } from 'zod';

/** Milliseconds between two calls, however many uploads wait: Voice ID gives an account ten a second for all it does. */
export const BETWEEN_CALLS = 2000;

/** An answer that is late is not waited for: it is only shown. */
const soon = () => ({ abortSignal: AbortSignal.timeout(BETWEEN_CALLS) });

/** How far everything is at a moment: percent, and milliseconds since the epoch. */
export interface Point {
  at: number;
  percent: number;
}

/** When everything has ended if it goes on as between two moments; undefined while that can't be told. */
export function expectedEnd(first: Point, latest: Point): Date | undefined {
  const done = latest.percent - first.percent;
  if (done <= 0 || latest.percent >= 100) return undefined;
  return new Date(latest.at + ((latest.at - first.at) * (100 - latest.percent)) / done);
}

const stateSchema = z.object({ domainId: z.string(), job: z.object({ jobId: z.string() }) });
export interface Progress {
  percent: number;
  end: Date | undefined;
}

type RunningJob = { DomainId: string; JobId: string };

/** The job that an execution follows: in the input of the state that it is in, once it has one. */
async function jobOf(executionArn: string, stepFunctions: SFNClient): Promise<RunningJob | undefined> {
  const asked = { executionArn, reverseOrder: true, maxResults: 100 };
  const { events = [] } = await stepFunctions.send(new GetExecutionHistoryCommand(asked), soon());
  for (const { stateEnteredEventDetails } of events) {
    const { data } = stateSchema.safeParse(JSON.parse(stateEnteredEventDetails?.input ?? 'null'));
    if (data !== undefined) return { DomainId: data.domainId, JobId: data.job.jobId };
  }
  return undefined;
}

/**
 * How far the jobs of some executions are, asked for one after the other.
 * @param total how many uploads there are; those that do not wait have ended.
 * @returns a function that takes the executions that wait, undefined for an upload that has none yet, and tells how far all
 * uploads are, as far as that is known.
 */
export function createJobProgress(
  total: number,
  { stepFunctions, voiceId, now }: { stepFunctions: SFNClient; voiceId: VoiceIDClient; now: () => number },
): (waiting: readonly (string | undefined)[]) => Promise<Progress | undefined> {
  const jobs = new Map<string, RunningJob>();
  const percents = new Map<string, number>();
  let asked = Number.NEGATIVE_INFINITY;
  let turn = 0;
  let first: Point | undefined;
  let latest: Point | undefined;

  async function ask(executionArn: string): Promise<void> {
    const job = jobs.get(executionArn) ?? (await jobOf(executionArn, stepFunctions));
    if (job === undefined) return void percents.set(executionArn, 0);
    jobs.set(executionArn, job);
    const { Job } = await voiceId.send(new DescribeSpeakerEnrollmentJobCommand(job), soon());
    percents.set(executionArn, Job?.JobProgress?.PercentComplete ?? 0);
  }

  return async (waiting) => {
    const running = waiting.filter((arn) => arn !== undefined);
    const executionArn = running[turn % Math.max(1, running.length)];
    if (executionArn !== undefined && now() - asked >= BETWEEN_CALLS) {
      asked = now();
      turn++;
      // It is shown where it can be had: whoever waits need not be allowed to ask, and waits on.
      await ask(executionArn).catch(() => percents.delete(executionArn));
      const known = running.flatMap((arn) => percents.get(arn) ?? []);
      // Only once each has been asked for: what is found out meanwhile would pass for pace.
      if (known.length === running.length) {
        const sum = known.reduce((all, percent) => all + percent, 100 * (total - waiting.length));
        latest = { at: now(), percent: sum / total };
        first ??= latest;
      }
    }
    return first && latest && { percent: Math.floor(latest.percent), end: expectedEnd(first, latest) };
  };
}

/** What somebody who waits sees, such as `2 of 5 have ended, 43%, the end is expected at 2026-05-04T17:52:30Z`. */
export function waitingLine(total: number, waiting: number, progress: Progress | undefined): string {
  const parts = [`${total - waiting} of ${total} have ended`];
  if (progress !== undefined) parts.push(`${progress.percent}%`);
  if (progress?.end !== undefined) parts.push(`the end is expected at ${progress.end.toISOString().slice(0, 19)}Z`);
  return parts.join(', ');
}
