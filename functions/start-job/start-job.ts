import type { VoiceIDClient } from '@aws-sdk/client-voice-id';
import * as z from 'zod';
import { executionSchema, type Outcome, outcome } from '../enrollment/execution.ts';
import type { StartedJob } from '../enrollment/find-job.ts';
import type { StartJobSettings } from '../enrollment/settings.ts';
import { attemptStart } from '../enrollment/start-attempt.ts';

/** The longest wait between two tries, seconds. */
const LONGEST_WAIT = 900;
/**
 * The longest that starting is tried, seconds, whatever the deadline: client tokens outlive it, and the state machine's
 * history of 25,000 events holds it.
 */
const LONGEST_TRY = 7 * 86_400;

/** What earlier tries left: how many there were, and when the first was (epoch seconds). */
const triesSchema = z.object({ attempts: z.number(), since: z.number() });
export const inputSchema = executionSchema.required({ request: true }).extend({ start: triesSchema.optional() });

export type StartJobResult =
  /** `since` goes on to the polls: who waited for the start has waited for a part of the deadline. */
  | { next: 'STARTED'; job: StartedJob; since: number }
  /** `trouble`: why it could not be started. */
  | { next: 'WAIT'; waitSeconds: number; attempts: number; since: number; trouble: string }
  | { next: 'END'; outcome: Outcome };

/**
 * Seconds before try `attempts + 1`: doubling from the first wait, up to 15 minutes or the first wait if that is more,
 * with up to half of it taken off at random so that many uploads don't come back at once.
 */
export function retryWait(attempts: number, firstWait: number, random: number): number {
  const wait = Math.min(Math.max(LONGEST_WAIT, firstWait), firstWait * 2 ** Math.min(attempts - 1, 30));
  return Math.max(1, Math.round(wait * (1 - random / 2)));
}

/** One try to start the job of an upload whose first try, in start-enrollment, could not. */
export async function startJob(
  input: z.infer<typeof inputSchema>,
  deps: { voiceId: VoiceIDClient; settings: StartJobSettings; now: () => number; random: () => number },
): Promise<StartJobResult> {
  const attempt = await attemptStart(input.request, deps.voiceId, deps.now);
  const now = Math.floor(deps.now() / 1000);
  const since = input.start?.since ?? now;
  const attempts = (input.start?.attempts ?? 0) + 1;
  switch (attempt.kind) {
    case 'STARTED':
      return { next: 'STARTED', job: attempt.job, since };
    case 'REFUSED': {
      const { message, statusCode } = attempt;
      const failureDetails = { message, ...(statusCode !== undefined && { statusCode }) };
      return { next: 'END', outcome: outcome('FAILED', { failureDetails }) };
    }
    case 'HEALS':
    // There is no queue behind a state machine, so what is mended by hand is waited for like what heals by itself.
    case 'UNSIGNED': {
      const waitSeconds = retryWait(attempts, deps.settings.JOB_RETRY_SECONDS, deps.random());
      if (now + waitSeconds - since > Math.min(LONGEST_TRY, deps.settings.JOB_QUEUE_DEADLINE_SECONDS)) {
        const message = `The job could not be started in ${attempts} tries over ${now - since} s. ${attempt.message}`;
        return { next: 'END', outcome: outcome('FAILED', { failureDetails: { message } }) };
      }
      return { next: 'WAIT', waitSeconds, attempts, since, trouble: attempt.message };
    }
  }
}
