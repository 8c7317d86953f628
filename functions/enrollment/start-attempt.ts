import { StartSpeakerEnrollmentJobCommand, type VoiceIDClient } from '@aws-sdk/client-voice-id';
import { findJob, type StartedJob } from './find-job.ts';
import type { JobRequest } from './job-request.ts';
import { type VoiceIdFailure, voiceIdFailure } from './voice-id-failure.ts';

/** How one try to start a job ended. */
export type StartAttempt = { kind: 'STARTED'; job: StartedJob } | VoiceIdFailure;

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
    if (Job?.JobId === undefined) return { kind: 'HEALS', name: 'NoJob', message: 'The answer names no job.' };
    const createdAt = (Job.CreatedAt ?? new Date(now())).toISOString();
    return { kind: 'STARTED', job: { jobId: Job.JobId, createdAt } };
  } catch (error) {
    const failure = voiceIdFailure(error);
    if (failure.name === 'ConflictException') {
      // Where it can't be looked for, the conflict itself is what is tried again.
      const job = await findJob(request, voiceId, now).catch(() => undefined);
      if (job !== undefined) return { kind: 'STARTED', job };
    }
    return failure;
  }
}
