import {
  DescribeSpeakerEnrollmentJobCommand,
  ListSpeakerEnrollmentJobsCommand,
  type VoiceIDClient,
} from '@aws-sdk/client-voice-id';
import type { JobRequest } from './job-request.ts';

/** A job that was started: the id is all that polling needs. `createdAt` is ISO 8601. */
export interface StartedJob {
  jobId: string;
  createdAt: string;
}

/** Pages of 100 jobs; a job that is looked for was started within the queue's last deliveries. */
const MAX_PAGES = 20;

/**
 * The job that an earlier start of the same upload left, whatever its other settings: its input, in a folder that is
 * the upload's alone, tells it. Undefined where there is none.
 */
export async function findJob(
  request: JobRequest,
  voiceId: VoiceIDClient,
  now: () => number,
): Promise<StartedJob | undefined> {
  const { DomainId } = request;
  let NextToken: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const listed = await voiceId.send(new ListSpeakerEnrollmentJobsCommand({ DomainId, MaxResults: 100, NextToken }));
    for (const { JobId, JobName } of listed.JobSummaries ?? []) {
      // Names are nearly the upload's own: they spare describing every job.
      if (JobId === undefined || JobName !== request.JobName) continue;
      const { Job } = await voiceId.send(new DescribeSpeakerEnrollmentJobCommand({ DomainId, JobId }));
      if (Job?.InputDataConfig?.S3Uri === request.InputDataConfig.S3Uri) {
        return { jobId: JobId, createdAt: (Job.CreatedAt ?? new Date(now())).toISOString() };
      }
    }
    NextToken = listed.NextToken;
    if (NextToken === undefined) return undefined;
  }
  return undefined;
}
