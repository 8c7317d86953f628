import { StartSpeakerEnrollmentJobCommand, type VoiceIDClient } from '@aws-sdk/client-voice-id';
import { findJob, type StartedJob } from './find-job.ts';
import type { JobRequest } from './job-request.ts';

/** How one try to start a job ended. */
export type StartAttempt =
  | { outcome: 'STARTED'; job: StartedJob }
  /** Can heal by itself: the job queue is full, throttling, a conflict, a fault of the service or the network. */
  | { outcome: 'RETRY'; message: string }
  /** Can't heal: the request is refused for what it is. */
  | { outcome: 'REFUSED'; message: string; statusCode?: number };

const HEALS = new Set([
  'ServiceQuotaExceededException',
  'ThrottlingException',
  'ConflictException',
  'InternalServerException',
  'TimeoutError',
  'RequestTimeout',
  // Of temporary credentials, which are renewed.
  'ExpiredTokenException',
]);

/** Status code of an AWS SDK error; undefined where no answer came. */
function statusOf(error: Error): number | undefined {
  if (!('$metadata' in error) || typeof error.$metadata !== 'object' || error.$metadata === null) return undefined;
  const metadata = error.$metadata;
  return 'httpStatusCode' in metadata && typeof metadata.httpStatusCode === 'number'
    ? metadata.httpStatusCode
    : undefined;
}

/** Whether a call that failed so may succeed when it is made again, and what to say of it. */
export function classify(error: unknown): { heals: boolean; message: string; statusCode?: number } {
  if (!(error instanceof Error)) return { heals: false, message: String(error) };
  const statusCode = statusOf(error);
  const message = `${error.name}: ${error.message}`.slice(0, 1000);
  const temporary = statusCode === undefined || statusCode === 408 || statusCode === 429 || statusCode >= 500;
  return { heals: HEALS.has(error.name) || temporary, message, ...(statusCode !== undefined && { statusCode }) };
}

/**
 * Starts the job. The client token makes a repeated start find the job that is there already, even where the request
 * is another one by now, as after a change of the stack's defaults between two deliveries: that is a conflict.
 */
export async function attemptStart(
  request: JobRequest,
  voiceId: VoiceIDClient,
  now: () => number,
): Promise<StartAttempt> {
  try {
    const { Job } = await voiceId.send(new StartSpeakerEnrollmentJobCommand(request));
    if (Job?.JobId === undefined) return { outcome: 'RETRY', message: 'The answer names no job.' };
    const createdAt = (Job.CreatedAt ?? new Date(now())).toISOString();
    return { outcome: 'STARTED', job: { jobId: Job.JobId, createdAt } };
  } catch (error) {
    const { heals, message, statusCode } = classify(error);
    if (!heals) return { outcome: 'REFUSED', message, ...(statusCode !== undefined && { statusCode }) };
    if (error instanceof Error && error.name === 'ConflictException') {
      // Where it can't be looked for, the conflict itself is what is tried again.
      const job = await findJob(request, voiceId, now).catch(() => undefined);
      if (job !== undefined) return { outcome: 'STARTED', job };
    }
    return { outcome: 'RETRY', message };
  }
}
