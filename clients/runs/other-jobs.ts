import {
  DescribeSpeakerEnrollmentJobCommand,
  ListSpeakerEnrollmentJobsCommand,
  type SpeakerEnrollmentJob,
  type SpeakerEnrollmentJobSummary,
  type VoiceIDClient,
} from '@aws-sdk/client-voice-id';
import { remember } from '../remember.ts';
import { sharedLook } from '../shared-look.ts';

/** Milliseconds for which a listing is everybody's. */
const LIST_MS = 10_000;
/** The newest jobs of a domain among which those without an upload are looked for: a page of the API. */
const NEWEST = 100;

export interface JobPage {
  jobs: SpeakerEnrollmentJobSummary[];
  next: string | undefined;
}

/**
 * Whether a job was started by the workflow: its input stands in a folder that ends in the first twelve characters of the
 * upload's id, and its name in eight of these (`functions/enrollment/output-location.ts`).
 */
export function isUploads({ JobName = '', InputDataConfig }: SpeakerEnrollmentJob): boolean {
  const folder = InputDataConfig?.S3Uri?.split('/').at(-2) ?? '';
  const mark = folder.replaceAll(/[^a-zA-Z0-9]/g, '').slice(0, 8);
  return folder.length === 12 && mark !== '' && (JobName.split('-').at(-1) ?? '').startsWith(mark);
}

/** A domain's jobs, and which of them nobody's upload started. */
export function createJobs(voiceId: VoiceIDClient, now: () => number) {
  const uploads = remember<boolean>(10_000);
  const lists = sharedLook<JobPage>(LIST_MS, now);
  const page = (DomainId: string, NextToken?: string): Promise<JobPage> =>
    lists(`${DomainId} ${NextToken ?? ''}`, async () => {
      const asked = { DomainId, MaxResults: NEWEST, NextToken };
      const { JobSummaries: jobs = [], NextToken: next } = await voiceId.send(
        new ListSpeakerEnrollmentJobsCommand(asked),
      );
      return { jobs, next };
    });

  async function isOfUpload({ DomainId, JobId = '' }: SpeakerEnrollmentJobSummary): Promise<boolean> {
    let known = uploads.get(JobId);
    if (known === undefined) {
      const { Job = {} } = await voiceId.send(new DescribeSpeakerEnrollmentJobCommand({ DomainId, JobId }));
      known = isUploads(Job);
      uploads.set(JobId, known);
    }
    return known;
  }

  return {
    page,
    /**
     * Those of a domain's newest jobs that no upload started. A job is described once for it.
     * @param known the jobs that are known to be an upload's.
     */
    async withoutUpload(
      domainId: string,
      known: ReadonlySet<string>,
      since: Date | undefined,
    ): Promise<SpeakerEnrollmentJobSummary[]> {
      const found: SpeakerEnrollmentJobSummary[] = [];
      for (const job of (await page(domainId)).jobs) {
        if (job.JobId === undefined || known.has(job.JobId)) continue;
        if (since !== undefined && job.CreatedAt !== undefined && job.CreatedAt < since) continue;
        if (!(await isOfUpload(job))) found.push(job);
      }
      return found;
    },
  };
}
export type Jobs = ReturnType<typeof createJobs>;
