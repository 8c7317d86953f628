import { DescribeSpeakerEnrollmentJobCommand, type VoiceIDClient } from '@aws-sdk/client-voice-id';
import { z } from 'zod';
import { type EndingStatus, executionSchema, type Outcome, outcome } from '../enrollment/execution.ts';
import { nextWait, type PollMemory, remember } from '../enrollment/poll-plan.ts';
import type { PollEnrollmentSettings } from '../enrollment/settings.ts';
import { classify } from '../enrollment/start-attempt.ts';

/** Epoch seconds; see PollMemory. */
const memorySchema = z.object({
  queuedSince: z.number().optional(),
  runningSince: z.number().optional(),
  percent: z.number().optional(),
  percentSince: z.number().optional(),
  polls: z.number().optional(),
  /** Since when, and how often in a row, the job could not be described. */
  failingSince: z.number().optional(),
  failures: z.number().optional(),
});

export const inputSchema = executionSchema
  .required({ job: true })
  .extend({ poll: z.object({ memory: memorySchema }).optional() });

export type PollResult =
  | { next: 'WAIT'; waitSeconds: number; jobStatus: string; memory: z.infer<typeof memorySchema> }
  | { next: 'END'; outcome: Outcome };

const ENDED: Record<string, EndingStatus> = {
  COMPLETED: 'COMPLETED',
  COMPLETED_WITH_ERRORS: 'COMPLETED_WITH_ERRORS',
  FAILED: 'FAILED',
};

const known = (memory: z.infer<typeof memorySchema>): PollMemory =>
  Object.fromEntries(Object.entries(memory).filter(([name]) => !name.startsWith('fail')));

/** One look at the job: it has ended, or the next look is in so many seconds. A status not known waits on. */
export async function pollEnrollment(
  input: z.infer<typeof inputSchema>,
  deps: { voiceId: VoiceIDClient; settings: PollEnrollmentSettings; now: () => number },
): Promise<PollResult> {
  const { settings } = deps;
  const memory = input.poll?.memory ?? {};
  const limits = { floor: settings.POLL_MIN_SECONDS, ceiling: settings.POLL_MAX_SECONDS };

  const timedOut = (since: number, now: number): PollResult | undefined => {
    if (now - since < settings.JOB_DEADLINE_SECONDS) return undefined;
    const message = `The job had not ended ${now - since} s after it was first seen running (JOB_DEADLINE_SECONDS is ${settings.JOB_DEADLINE_SECONDS}).`;
    return { next: 'END', outcome: outcome('TIMED_OUT', { failureDetails: { message } }) };
  };
  /** Not past the deadline. */
  const within = (wait: number, since: number | undefined, now: number): number =>
    since === undefined ? wait : Math.max(1, Math.min(wait, since + settings.JOB_DEADLINE_SECONDS - now));

  try {
    const { Job: job } = await deps.voiceId.send(
      new DescribeSpeakerEnrollmentJobCommand({ DomainId: input.domainId, JobId: input.job.jobId }),
    );
    const now = Math.floor(deps.now() / 1000);
    const status = job?.JobStatus ?? 'UNKNOWN';
    const ended = ENDED[status];
    if (ended !== undefined) {
      const details = job?.FailureDetails;
      return {
        next: 'END',
        outcome: outcome(ended, {
          ...(job?.EndedAt !== undefined && { endedAt: job.EndedAt.toISOString() }),
          ...(details !== undefined && {
            failureDetails: {
              message: details.Message ?? '',
              ...(details.StatusCode !== undefined && { statusCode: details.StatusCode }),
            },
          }),
        }),
      };
    }
    const percent = status === 'SUBMITTED' ? undefined : (job?.JobProgress?.PercentComplete ?? 0);
    const seen = remember(known(memory), now, percent);
    const late = seen.runningSince === undefined ? undefined : timedOut(seen.runningSince, now);
    if (late !== undefined) return late;
    const waitSeconds = within(nextWait(seen, now, limits), seen.runningSince, now);
    return { next: 'WAIT', waitSeconds, jobStatus: status, memory: seen };
  } catch (error) {
    const { heals, message, statusCode } = classify(error);
    if (!heals) {
      const failureDetails = { message, ...(statusCode !== undefined && { statusCode }) };
      return { next: 'END', outcome: outcome('FAILED', { failureDetails }) };
    }
    // The service, not the job, is in trouble: look again later and longer later, up to the deadline.
    const now = Math.floor(deps.now() / 1000);
    const failures = (memory.failures ?? 0) + 1;
    const since = memory.runningSince ?? memory.failingSince ?? now;
    const waitSeconds = Math.min(limits.ceiling, limits.floor * 2 ** Math.min(failures - 1, 20));
    return (
      timedOut(since, now) ?? {
        next: 'WAIT',
        waitSeconds: within(waitSeconds, since, now),
        jobStatus: 'UNKNOWN',
        memory: { ...memory, failures, failingSince: memory.failingSince ?? now },
      }
    );
  }
}
