import type { S3Client } from '@aws-sdk/client-s3';
import {
  DescribeSpeakerEnrollmentJobCommand,
  type SpeakerEnrollmentJob,
  type VoiceIDClient,
} from '@aws-sdk/client-voice-id';
import { type Report, reportOfJob } from '../read-report.ts';
import type { Progress, ProgressOf } from './progress.ts';
import { stateOfJob } from './run.ts';

/** A job by itself, as the API tells it. */
export interface JobStory {
  job: SpeakerEnrollmentJob;
  progress: Progress;
  /** Undefined until it has ended. */
  report: Report | undefined;
}

/** @throws ResourceNotFoundException where the domain has no such job. */
export async function readJobStory(
  DomainId: string,
  JobId: string,
  { voiceId, s3, progress }: { voiceId: VoiceIDClient; s3: S3Client; progress: ProgressOf },
): Promise<JobStory> {
  const { Job: job = {} } = await voiceId.send(new DescribeSpeakerEnrollmentJobCommand({ DomainId, JobId }));
  if (job.EndedAt === undefined) return { job, progress: await progress.ofJob(DomainId, JobId), report: undefined };
  const state = stateOfJob(job.JobStatus);
  return {
    job,
    progress: { state, jobId: JobId, percent: undefined, expectedEnd: undefined, ahead: undefined, trouble: undefined },
    report: await reportOfJob({ DomainId, JobId }, undefined, { voiceId, s3 }),
  };
}
