import {
  DescribeSpeakerEnrollmentJobCommand,
  type SpeakerEnrollmentJob,
  type VoiceIDClient,
} from '@aws-sdk/client-voice-id';
import * as z from 'zod';
import { type EndingStatus, executionSchema, type Outcome, outcome } from '../enrollment/execution.ts';
import { nextWait, type PollMemory, remember, rememberFailure, waitAfterFailure } from '../enrollment/poll-plan.ts';
import type { PollEnrollmentSettings } from '../enrollment/settings.ts';
import { voiceIdFailure } from '../enrollment/voice-id-failure.ts';

/** Epoch seconds; see PollMemory. */
const memorySchema = z.object({
  queuedSince: z.number().optional(),
  runningSince: z.number().optional(),
  percent: z.number().optional(),
  percentSince: z.number().optional(),
  polls: z.number().optional(),
  failures: z.number().optional(),
});

export const inputSchema = executionSchema.required({ job: true }).extend({
  poll: z.object({ memory: memorySchema }).optional(),
  /** Of a job whose start had to wait: since when. */
  start: z.object({ since: z.number().optional() }).optional(),
});

export type PollResult =
  /** `trouble`: why the job was not seen, if it was not. */
  | { next: 'WAIT'; waitSeconds: number; jobStatus: string; memory: PollMemory; trouble?: string }
  | { next: 'END'; outcome: Outcome };

/** Job statuses that are an end, as Voice ID and our endings both name them. */
const endedSchema = z.enum(['COMPLETED', 'COMPLETED_WITH_ERRORS', 'FAILED']);

/** The job as it is; or that there is none; or why that can't be said. */
type Look =
  | { job: SpeakerEnrollmentJob & { JobStatus: string } }
  | { gone: { message: string; statusCode?: number } }
  | { trouble: string };

async function lookAt(domainId: string, jobId: string, voiceId: VoiceIDClient): Promise<Look> {
  try {
    const { Job } = await voiceId.send(new DescribeSpeakerEnrollmentJobCommand({ DomainId: domainId, JobId: jobId }));
    // A proxy's 200 may be any JSON.
    if (Job?.JobStatus === undefined || (Job.JobId ?? jobId) !== jobId)
      return { trouble: 'The answer is no such job.' };
    return { job: { ...Job, JobStatus: Job.JobStatus } };
  } catch (error) {
    const { kind, name, message, statusCode } = voiceIdFailure(error);
    if (kind !== 'REFUSED' || name !== 'ResourceNotFoundException') return { trouble: message };
    return { gone: { message, ...(statusCode !== undefined && { statusCode }) } };
  }
}

function endOf(job: SpeakerEnrollmentJob, ended: EndingStatus): PollResult {
  const details = job.FailureDetails;
  return {
    next: 'END',
    outcome: outcome(ended, {
      ...(job.EndedAt !== undefined && { endedAt: job.EndedAt.toISOString() }),
      ...(details !== undefined && {
        failureDetails: {
          message: details.Message ?? '',
          ...(details.StatusCode !== undefined && { statusCode: details.StatusCode }),
        },
      }),
    }),
  };
}

/** Which of the two deadlines holds for a job, when it is (epoch seconds), and what is said when it has passed. */
function deadlineOf(memory: PollMemory, now: number, settings: PollEnrollmentSettings) {
  if (memory.runningSince !== undefined) {
    const seconds = settings.JOB_DEADLINE_SECONDS;
    const what = `The job had not ended ${now - memory.runningSince} s after it was first seen running (JOB_DEADLINE_SECONDS is ${seconds}).`;
    return { at: memory.runningSince + seconds, what };
  }
  const seconds = settings.JOB_QUEUE_DEADLINE_SECONDS;
  const since = memory.queuedSince ?? now;
  const what = `The job was not seen running ${now - since} s after its waiting began (JOB_QUEUE_DEADLINE_SECONDS is ${seconds}).`;
  return { at: since + seconds, what };
}

/**
 * One look at the job: it has ended, or the next look is in so many seconds. A status not known waits on, and so does a
 * look that fails, whatever it says: a job that runs is followed until its deadline. Only Voice ID itself can say that
 * there is no such job.
 */
export async function pollEnrollment(
  input: z.infer<typeof inputSchema>,
  deps: { voiceId: VoiceIDClient; settings: PollEnrollmentSettings; now: () => number },
): Promise<PollResult> {
  const { settings } = deps;
  const limits = { floor: settings.POLL_MIN_SECONDS, ceiling: settings.POLL_MAX_SECONDS };
  const earlier: PollMemory = input.poll?.memory ?? { queuedSince: input.start?.since };

  const look = await lookAt(input.domainId, input.job.jobId, deps.voiceId);
  const now = Math.floor(deps.now() / 1000);
  if ('gone' in look) return { next: 'END', outcome: outcome('FAILED', { failureDetails: look.gone }) };
  const failed = 'trouble' in look;
  const jobStatus = failed ? 'UNKNOWN' : look.job.JobStatus;
  if (!failed) {
    const ended = endedSchema.safeParse(jobStatus);
    if (ended.success) return endOf(look.job, ended.data);
  }
  const percent = jobStatus === 'SUBMITTED' || failed ? undefined : (look.job.JobProgress?.PercentComplete ?? 0);
  const memory = failed ? rememberFailure(earlier, now) : remember(earlier, now, percent);
  const deadline = deadlineOf(memory, now, settings);
  if (now >= deadline.at) {
    const failures = memory.failures ?? 0;
    const why = failed
      ? ` The last ${failures === 1 ? 'look' : `${failures} looks`} at it failed: ${look.trouble}`
      : '';
    return { next: 'END', outcome: outcome('TIMED_OUT', { failureDetails: { message: `${deadline.what}${why}` } }) };
  }
  const wait = failed ? waitAfterFailure(memory, now, limits) : nextWait(memory, now, limits);
  const waitSeconds = Math.max(1, Math.min(wait, deadline.at - now));
  return { next: 'WAIT', waitSeconds, jobStatus, memory, ...(failed && { trouble: look.trouble }) };
}
