import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';

const startSchema = z.looseObject({
  DomainId: z.string(),
  JobName: z.string(),
  InputDataConfig: z.object({ S3Uri: z.string() }),
  OutputDataConfig: z.object({ S3Uri: z.string() }),
});
const describeSchema = z.object({ DomainId: z.string(), JobId: z.string() });
const listSchema = z.object({ JobStatus: z.string().optional() });

interface Job extends z.infer<typeof startSchema> {
  JobId: string;
  JobStatus: string;
  JobProgress: { PercentComplete: number };
  CreatedAt: number;
  EndedAt?: number;
}

/** A Voice ID that is not ours, at a port of its own. Its jobs go as far as the test says, and no further. */
export interface ScriptedVoiceId {
  origin: string;
  /** Manifests whose jobs can't be started now, by their file names. */
  full: Set<string>;
  /** Whether a manifest's job was started, or refused. */
  isKnown(name: string): boolean;
  /** The job of a manifest, by its file name. */
  job(name: string): Job;
  runs(name: string, percent: number): void;
  /** Ends a job; its output file, if any, is there before. */
  ends(name: string, status: 'COMPLETED' | 'COMPLETED_WITH_ERRORS' | 'FAILED'): void;
  stop(): void;
}

const idOf = (name: string) => name.replaceAll(/[^a-zA-Z0-9]/g, '').padEnd(22, '0');

export async function startScriptedVoiceId(): Promise<ScriptedVoiceId> {
  const jobs = new Map<string, Job>();
  const full = new Set<string>();
  const refused = new Set<string>();
  let latest = 0;

  function answer(operation: string, input: unknown): { status: number; body: object } {
    if (operation === 'StartSpeakerEnrollmentJob') {
      const asked = startSchema.parse(input);
      const name = asked.InputDataConfig.S3Uri.split('/').at(-1) ?? '';
      if (full.has(name)) {
        refused.add(name);
        return { status: 400, body: { __type: 'ServiceQuotaExceededException', Message: 'The queue is full.' } };
      }
      const there = jobs.get(name);
      // Each after the one before: their order is known.
      latest = Math.max(Date.now() / 1000, latest + 0.001);
      const job = there ?? {
        ...asked,
        JobId: idOf(name),
        JobStatus: 'SUBMITTED',
        JobProgress: { PercentComplete: 0 },
        CreatedAt: latest,
      };
      jobs.set(name, job);
      return { status: 200, body: { Job: job } };
    }
    if (operation === 'DescribeSpeakerEnrollmentJob') {
      const { DomainId, JobId } = describeSchema.parse(input);
      const Job = [...jobs.values()].find((job) => job.JobId === JobId && job.DomainId === DomainId);
      if (Job !== undefined) return { status: 200, body: { Job } };
      return { status: 400, body: { __type: 'ResourceNotFoundException', Message: 'No such job.' } };
    }
    if (operation === 'ListSpeakerEnrollmentJobs') {
      const { JobStatus } = listSchema.parse(input);
      const found = [...jobs.values()].filter((job) => JobStatus === undefined || job.JobStatus === JobStatus);
      return { status: 200, body: { JobSummaries: found.toReversed() } };
    }
    return { status: 400, body: { __type: 'AccessDeniedException', Message: `${operation} is not for tests.` } };
  }

  const server = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).replace('VoiceID.', '');
    const { status, body } = answer(operation, await json(request));
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const jobOf = (name: string): Job => {
    const job = jobs.get(name);
    if (job === undefined) throw new Error(`There is no job of ${name} yet.`);
    return job;
  };
  return {
    origin: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    full,
    isKnown: (name) => jobs.has(name) || refused.has(name),
    job: jobOf,
    runs(name, percent) {
      Object.assign(jobOf(name), { JobStatus: 'IN_PROGRESS', JobProgress: { PercentComplete: percent } });
    },
    ends(name, JobStatus) {
      Object.assign(jobOf(name), { JobStatus, JobProgress: { PercentComplete: 100 }, EndedAt: Date.now() / 1000 });
    },
    stop: () => server.close(),
  };
}
