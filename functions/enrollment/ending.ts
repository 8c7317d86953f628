import { z } from 'zod';
import type { Execution, Outcome } from './execution.ts';
import type { Manifest, Problem } from './manifest.ts';

/** The `.out` file of an enrollment job. */
export const outputFileSchema = z.object({
  Version: z.string(),
  Errors: z
    .array(z.object({ RequestId: z.string(), ErrorCode: z.number(), ErrorMessage: z.string().default('') }))
    .default([]),
  SuccessfulEnrollments: z
    .array(
      z.object({
        RequestId: z.string(),
        EnrollmentStatus: z.enum(['NEW_ENROLLMENT', 'ENROLLMENT_OVERWRITE', 'DUPLICATE_SKIPPED']),
      }),
    )
    .default([]),
});
export type OutputFile = z.infer<typeof outputFileSchema>;

export interface Counts {
  requested: number;
  enrolled: number;
  overwritten: number;
  skipped: number;
  failed: number;
}

/** `detail` of the events; the contract's form, version 1. */
export interface EventDetail {
  version: '1';
  uploadId: string;
  status: string;
  domainId: string;
  jobId?: string;
  manifest: Execution['manifest'];
  output: { s3Uri?: string; summaryS3Uri?: string; retryManifestS3Uri?: string; rejectedS3Uri?: string };
  counts?: Counts;
  createdAt?: string;
  endedAt: string;
  failureDetails?: { message: string; statusCode?: number };
  errors?: { requestId: string; errorCode: number; errorMessage: string }[];
  problemCount?: number;
  problems?: Problem[];
  executionArn: string;
}

/** How many errors and problems an event carries; all of them are in the results bucket. */
export const LISTED = 20;
/** Characters of one message in an event: with 20 of the longest, in UTF-8, the detail stays below 200 KB. */
const MESSAGE_LENGTH = 1000;
const ID_LENGTH = 256;

export const cut = (text: string, length = MESSAGE_LENGTH): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;

export function listProblems(problems: readonly Problem[]): Problem[] {
  return problems.slice(0, LISTED).map(({ path, message }) => ({ path: cut(path), message: cut(message) }));
}

export function count(output: OutputFile): Counts {
  const of = (status: string) => output.SuccessfulEnrollments.filter((row) => row.EnrollmentStatus === status).length;
  return {
    requested: output.SuccessfulEnrollments.length + output.Errors.length,
    enrolled: of('NEW_ENROLLMENT'),
    overwritten: of('ENROLLMENT_OVERWRITE'),
    skipped: of('DUPLICATE_SKIPPED'),
    failed: output.Errors.length,
  };
}

/**
 * `text` without the speaker id: recordings are often named after the speaker, and an error names its recording. An
 * id of a few characters is only looked for as a whole word, as it would be found everywhere.
 */
export function withoutSpeaker(text: string, speakerId: string | undefined): string {
  if (speakerId === undefined) return text;
  if (speakerId.length >= 6) return text.replaceAll(speakerId, '[speaker]');
  return text.replace(new RegExp(`(?<![A-Za-z0-9])${speakerId}(?![A-Za-z0-9])`, 'g'), '[speaker]');
}

/** The first errors of a job, fit for an event: no speaker id in them. */
export function listErrors(output: OutputFile, manifest: Manifest | undefined): NonNullable<EventDetail['errors']> {
  const speakers = new Map(
    manifest?.SpeakerEnrollmentRequests.map((request) => [request.RequestId, request.SpeakerId]),
  );
  return output.Errors.slice(0, LISTED).map((row) => {
    const speakerId = speakers.get(row.RequestId);
    return {
      requestId: cut(withoutSpeaker(row.RequestId, speakerId), ID_LENGTH),
      errorCode: row.ErrorCode,
      errorMessage: cut(withoutSpeaker(row.ErrorMessage, speakerId)),
    };
  });
}

/** The manifest of just the requests that failed, to be mended and dropped again; undefined where there are none. */
export function retryManifest(output: OutputFile, manifest: Manifest): Manifest | undefined {
  const failed = new Set(output.Errors.map((row) => row.RequestId));
  const requests = manifest.SpeakerEnrollmentRequests.filter((request) => failed.has(request.RequestId));
  return requests.length === 0 ? undefined : { Version: '1.0', SpeakerEnrollmentRequests: requests };
}

export interface Results {
  output?: OutputFile;
  /** Why the output file could not be had, if it could not. */
  outputMissing?: string;
  manifest?: Manifest;
  uris: EventDetail['output'];
  executionArn: string;
}

/** The event detail of an ending: everything known of it, at most 200 KB whatever the job's size. */
export function endingDetail(execution: Execution, ended: Outcome, results: Results, now: Date): EventDetail {
  const { output, manifest } = results;
  const failure =
    ended.failureDetails ?? (results.outputMissing === undefined ? undefined : { message: results.outputMissing });
  const requested = execution.requested ?? manifest?.SpeakerEnrollmentRequests.length;
  return {
    version: '1',
    uploadId: execution.uploadId,
    status: ended.status,
    domainId: execution.domainId,
    ...(execution.job !== undefined && { jobId: execution.job.jobId }),
    manifest: execution.manifest,
    output: results.uris,
    ...(output !== undefined && { counts: { ...count(output), ...(requested !== undefined && { requested }) } }),
    ...(execution.job !== undefined && { createdAt: execution.job.createdAt }),
    endedAt: ended.endedAt ?? now.toISOString(),
    ...(failure !== undefined && {
      failureDetails: {
        message: cut(failure.message),
        ...(failure.statusCode !== undefined && { statusCode: failure.statusCode }),
      },
    }),
    ...(output !== undefined && output.Errors.length > 0 && { errors: listErrors(output, manifest) }),
    ...(ended.problems !== undefined && {
      problemCount: ended.problemCount ?? ended.problems.length,
      problems: listProblems(ended.problems),
    }),
    executionArn: results.executionArn,
  };
}
