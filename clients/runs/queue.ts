import {
  paginateListSpeakerEnrollmentJobs,
  type SpeakerEnrollmentJobStatus,
  type SpeakerEnrollmentJobSummary,
  type VoiceIDClient,
} from '@aws-sdk/client-voice-id';

/** A domain's jobs that have not ended, those first that came first. */
export interface Queue {
  running: SpeakerEnrollmentJobSummary[];
  waiting: SpeakerEnrollmentJobSummary[];
}

/** Jobs of a domain that are looked at: a queue holds 100, unless its engine was told otherwise. */
const MOST = 1000;

async function jobsOf(DomainId: string, JobStatus: SpeakerEnrollmentJobStatus, client: VoiceIDClient) {
  const jobs: SpeakerEnrollmentJobSummary[] = [];
  for await (const page of paginateListSpeakerEnrollmentJobs({ client, pageSize: 100 }, { DomainId, JobStatus })) {
    jobs.push(...(page.JobSummaries ?? []));
    if (jobs.length >= MOST) break;
  }
  // Lists are newest first; of two that came in one moment the order stays.
  return jobs.reverse().sort((a, b) => (a.CreatedAt?.getTime() ?? 0) - (b.CreatedAt?.getTime() ?? 0));
}

/** A domain's queue as it is. Costs two calls. */
export async function readQueue(domainId: string, voiceId: VoiceIDClient): Promise<Queue> {
  // First those that wait: one that starts in between is then seen as running, not lost.
  const waiting = await jobsOf(domainId, 'SUBMITTED', voiceId);
  const running = await jobsOf(domainId, 'IN_PROGRESS', voiceId);
  const ids = new Set(running.map(({ JobId }) => JobId));
  return { running, waiting: waiting.filter(({ JobId }) => !ids.has(JobId)) };
}

/** The jobs that a waiting one waits for, in their order; undefined for one that does not wait. */
export function aheadOf(jobId: string, { running, waiting }: Queue): SpeakerEnrollmentJobSummary[] | undefined {
  const place = waiting.findIndex(({ JobId }) => JobId === jobId);
  return place < 0 ? undefined : [...running, ...waiting.slice(0, place)];
}
