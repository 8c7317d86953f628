import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { DescribeSpeakerEnrollmentJobCommand, type VoiceIDClient } from '@aws-sdk/client-voice-id';
import { z } from 'zod';
import { CommandError } from './errors.ts';
import { isFailure, type Outcome, outputUri, readJsonObject, readOutputOf } from './output-file.ts';
import { locationIn } from './s3-uri.ts';
import type { Upload } from './uploads.ts';

/** What is wrong with a manifest. */
export interface Problem {
  path: string;
  requestId?: string | undefined;
  message: string;
}

/** How an upload, or a job without one, ended. */
export interface Report {
  /** The manifest's URI, as it was uploaded where that is known; else as the job read it. */
  manifest: string;
  domainId: string;
  jobId: string | undefined;
  status: string;
  createdAt: Date | undefined;
  endedAt: Date | undefined;
  /** Why all of it failed. */
  failure: string | undefined;
  /** Why the manifest was rejected. */
  problems: Problem[];
  problemCount: number;
  outcome: Outcome | undefined;
  /** Where the output file was, if it is not there any more. */
  outputGone: string | undefined;
  /** Where the manifest of just those that failed is. */
  retryManifest: string | undefined;
  /** Where it was, if it is not there any more. */
  retryGone: string | undefined;
}

/** Why a file of the results bucket may be gone. */
export const WHY_GONE = "An erasure deletes those that name the person, and a bucket's rule those that are old.";

interface Clients {
  voiceId: VoiceIDClient;
  s3: S3Client;
}

const rejectedSchema = z.object({
  problemCount: z.number(),
  problems: z.array(z.object({ path: z.string(), requestId: z.string().optional(), message: z.string() })),
});

/** All of a manifest's problems, with what stands there, from its file; the first rules, where that is gone. */
async function problemsOf({ ending }: Upload, s3: S3Client): Promise<{ problems: Problem[]; problemCount: number }> {
  const { problems = [], problemCount = problems.length, output } = ending?.detail ?? { output: {} };
  if (output.rejectedS3Uri === undefined) return { problems, problemCount };
  const file = rejectedSchema.safeParse(await readJsonObject(output.rejectedS3Uri, s3));
  return file.data ?? { problems, problemCount };
}

const dateOf = (text: string | undefined) => (text === undefined ? undefined : new Date(text));

/** What S3 answers where there is no such object, or this caller may not see it. */
const ABSENT = new Set(['NotFound', 'NoSuchKey', 'Forbidden', 'AccessDenied']);

/** Whether an object is there, and may be seen. */
export async function isThere(s3Uri: string, s3: S3Client): Promise<boolean> {
  try {
    await s3.send(new HeadObjectCommand(locationIn(s3Uri)));
    return true;
  } catch (error) {
    if (error instanceof Error && ABSENT.has(error.name)) return false;
    throw error;
  }
}

/** Where an upload's ending leaves the retry manifest: beside the job's output file. A job without an upload has none. */
const retryBeside = ({ s3Uri, rows }: Outcome) =>
  rows.some(isFailure) ? s3Uri.replace(/[^/]*$/, 'retry.json') : undefined;

/** A job's report. @param upload which it is of, where that is known. @throws CommandError where there is none yet. */
export async function reportOfJob(
  job: { DomainId: string; JobId: string },
  upload: Upload | undefined,
  { voiceId, s3 }: Clients,
): Promise<Report> {
  const { Job = {} } = await voiceId.send(new DescribeSpeakerEnrollmentJobCommand(job));
  const detail = upload?.ending?.detail;
  const outcome = await readOutputOf(Job, s3);
  const status = detail?.status ?? Job.JobStatus ?? '';
  const hasFailed = Job.JobStatus === 'FAILED';
  if (outcome === undefined && detail === undefined && Job.EndedAt === undefined && !hasFailed) {
    const done = Job.JobProgress?.PercentComplete ?? 0;
    throw new CommandError(`The job is ${status} (${done}%) and has no output file yet at ${outputUri(Job)}.`);
  }
  const toldRetry = detail?.output.retryManifestS3Uri;
  const retry = toldRetry ?? (outcome && retryBeside(outcome));
  const isRetryThere = retry !== undefined && (await isThere(retry, s3));
  // An ending that has counts was told when the file was there.
  const hadOutput = detail === undefined ? !hasFailed : detail.counts !== undefined;
  return {
    manifest:
      upload === undefined
        ? (Job.InputDataConfig?.S3Uri ?? '')
        : `s3://${upload.manifest.bucket}/${upload.manifest.key}`,
    domainId: job.DomainId,
    jobId: job.JobId,
    status,
    createdAt: Job.CreatedAt ?? upload?.startedAt,
    endedAt: Job.EndedAt ?? dateOf(detail?.endedAt),
    failure: detail?.failureDetails?.message ?? Job.FailureDetails?.Message,
    problems: [],
    problemCount: 0,
    outcome,
    outputGone: outcome === undefined && hadOutput ? outputUri(Job) : undefined,
    retryManifest: isRetryThere ? retry : undefined,
    retryGone: isRetryThere ? undefined : toldRetry,
  };
}

/** An upload's report, whether or not it came to a job. @throws CommandError where it has not ended. */
export async function reportOfUpload(upload: Upload, domainId: string | undefined, clients: Clients): Promise<Report> {
  const { ending, manifest, startedAt } = upload;
  const uri = `s3://${manifest.bucket}/${manifest.key}`;
  if (ending === undefined) {
    throw new CommandError(
      upload.status === 'RUNNING'
        ? `The upload ${uri} has not ended: npm run vivavoce -- jobs shows how far it is.`
        : `The upload ${uri} has no ending: its execution ended as ${upload.status} (${upload.executionArn}).`,
    );
  }
  const { jobId, status, endedAt, failureDetails } = ending.detail;
  const DomainId = domainId ?? upload.domainId;
  if (jobId !== undefined) return reportOfJob({ DomainId, JobId: jobId }, upload, clients);
  return {
    manifest: uri,
    domainId: DomainId,
    jobId,
    status,
    createdAt: startedAt,
    endedAt: dateOf(endedAt),
    failure: failureDetails?.message,
    ...(await problemsOf(upload, clients.s3)),
    outcome: undefined,
    outputGone: undefined,
    retryManifest: undefined,
    retryGone: undefined,
  };
}
