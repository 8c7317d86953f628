import {
  DescribeSpeakerEnrollmentJobCommand,
  paginateListSpeakerEnrollmentJobs,
  type VoiceIDClient,
} from '@aws-sdk/client-voice-id';

/** Jobs of the domain that have not ended and have one of those files as their input: they enroll whom it names. */
export async function runningJobs(
  DomainId: string,
  inputs: ReadonlySet<string>,
  voiceId: VoiceIDClient,
): Promise<string[]> {
  const found: string[] = [];
  for (const JobStatus of ['SUBMITTED', 'IN_PROGRESS'] as const) {
    const pages = paginateListSpeakerEnrollmentJobs({ client: voiceId }, { DomainId, JobStatus });
    for await (const { JobSummaries = [] } of pages) {
      for (const { JobId } of JobSummaries) {
        const { Job } = await voiceId.send(new DescribeSpeakerEnrollmentJobCommand({ DomainId, JobId }));
        if (JobId !== undefined && inputs.has(Job?.InputDataConfig?.S3Uri ?? '')) found.push(JobId);
      }
    }
  }
  return found;
}
