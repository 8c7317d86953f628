import { z } from 'zod';
import type { SpeakerEnrollmentJobFailed, SpeakerEnrollmentManifestRejected } from './events.generated.ts';
import type { EndingStatus, Execution, FailureDetails, Outcome } from './execution.ts';
import type { Manifest, Problem } from './manifest.ts';
import { withoutSpeaker, withoutSpeakers } from './privacy.ts';

/** The `.out` file of an enrollment job, as far as an ending needs it. */
export const outputFileSchema = z.object({
  Errors: z
    .array(z.object({ RequestId: z.string(), ErrorCode: z.int(), ErrorMessage: z.string().default('') }))
    .default([]),
  SuccessfulEnrollments: z.array(z.object({ RequestId: z.string(), EnrollmentStatus: z.string() })).default([]),
});
export type OutputFile = z.infer<typeof outputFileSchema>;

type Failed = SpeakerEnrollmentJobFailed['detail'];
type Rejected = SpeakerEnrollmentManifestRejected['detail'];
type Counts = NonNullable<Failed['counts']>;
type ListedErrors = NonNullable<Failed['errors']>;

/** `detail` of an ending's event: what any of the five may have. */
export interface EventDetail extends Omit<Failed, 'status' | 'output' | 'failureDetails'> {
  status: EndingStatus;
  output: Failed['output'] & Rejected['output'];
  failureDetails?: FailureDetails;
  problemCount?: number;
  problems?: Problem[];
}

/** How many errors and problems an event carries; all of them are in the results bucket. */
const LISTED = 20;
/** Characters of a message or a path, and of a request id, in an event. */
const MESSAGE_LENGTH = 1000;
const ID_LENGTH = 256;
/**
 * Bytes of JSON that a list may take. The rest of a detail is below 40,000 even where every character needs an escape:
 * so an event stays below 200 KB, and a state that holds an outcome and its event below Step Functions' 256 KB.
 */
const LIST_BYTES = 60_000;

function cut(text: string, length = MESSAGE_LENGTH): string {
  // A pair of surrogates cut in half is no text.
  return (text.length > length ? `${text.slice(0, length - 1)}…` : text).toWellFormed();
}

/** The first 20 of a list, or fewer where they would not fit. */
function listed<T>(items: readonly T[]): T[] {
  const first = items.slice(0, LISTED);
  while (Buffer.byteLength(JSON.stringify(first)) > LIST_BYTES) first.pop();
  return first;
}

export function listProblems(problems: readonly Problem[]): Problem[] {
  return listed(problems.slice(0, LISTED).map(({ path, message }) => ({ path: cut(path), message: cut(message) })));
}

function count(output: OutputFile, requested: number | undefined): Counts {
  const of = (status: string) => output.SuccessfulEnrollments.filter((row) => row.EnrollmentStatus === status).length;
  return {
    requested: requested ?? output.SuccessfulEnrollments.length + output.Errors.length,
    enrolled: of('NEW_ENROLLMENT'),
    overwritten: of('ENROLLMENT_OVERWRITE'),
    skipped: of('DUPLICATE_SKIPPED'),
    failed: output.Errors.length,
  };
}

/** The first errors of a job, fit for an event: no speaker id in them. */
function listErrors(output: OutputFile, manifest: Manifest | undefined, speakers: ReadonlySet<string>): ListedErrors {
  const speakerOf = new Map(
    manifest?.SpeakerEnrollmentRequests.map((request) => [request.RequestId, request.SpeakerId]),
  );
  const rows = output.Errors.slice(0, LISTED).map((row) => {
    const masked = (text: string) => withoutSpeakers(withoutSpeaker(text, speakerOf.get(row.RequestId)), speakers);
    return {
      requestId: cut(masked(row.RequestId), ID_LENGTH),
      errorCode: row.ErrorCode,
      errorMessage: cut(masked(row.ErrorMessage)),
    };
  });
  return listed(rows);
}

/** The manifest of just the requests that failed, to be mended and dropped again; undefined where there are none. */
export function retryManifest(output: OutputFile, manifest: Manifest): Manifest | undefined {
  const failed = new Set(output.Errors.map((row) => row.RequestId));
  const requests = manifest.SpeakerEnrollmentRequests.filter((request) => failed.has(request.RequestId));
  return requests.length === 0 ? undefined : { Version: '1.0', SpeakerEnrollmentRequests: requests };
}

/** A Lambda's error as Step Functions gives it in `Cause`: JSON. */
const lambdaCause = z.object({ errorMessage: z.string() });

function caughtMessage(caught: NonNullable<Outcome['error']>): string {
  const name = caught.Error ?? 'Error';
  const cause = caught.Cause ?? '';
  let message = cause;
  try {
    message = lambdaCause.safeParse(JSON.parse(cause)).data?.errorMessage ?? cause;
  } catch {
    // Not a Lambda's: the cause is the message.
  }
  return message === '' ? `${name}.` : `${name}: ${message}`;
}

function failureOf(ended: Outcome, outputMissing: string | undefined): FailureDetails | undefined {
  if (ended.failureDetails !== undefined) return ended.failureDetails;
  if (ended.error !== undefined) return { message: caughtMessage(ended.error) };
  if (outputMissing !== undefined) return { message: outputMissing };
  return ended.status === 'FAILED' ? { message: 'The job failed without saying why.' } : undefined;
}

export interface Results {
  output?: OutputFile;
  /** Why the output file could not be had, if it could not. */
  outputMissing?: string;
  manifest?: Manifest;
  uris: EventDetail['output'];
  executionArn: string;
}

/** The event detail of an ending: everything known of it, below 200 KB whatever the job's size, no speaker id in it. */
export function endingDetail(execution: Execution, ended: Outcome, results: Results, now: Date): EventDetail {
  const { output, manifest } = results;
  const speakers = new Set(manifest?.SpeakerEnrollmentRequests.map((request) => request.SpeakerId));
  const failure = failureOf(ended, results.outputMissing);
  const requested = execution.requested ?? manifest?.SpeakerEnrollmentRequests.length;
  return {
    version: '1',
    uploadId: execution.uploadId,
    status: ended.status,
    domainId: execution.domainId,
    ...(execution.job !== undefined && { jobId: execution.job.jobId }),
    manifest: execution.manifest,
    output: results.uris,
    ...(output !== undefined && { counts: count(output, requested) }),
    ...(execution.job !== undefined && { createdAt: execution.job.createdAt }),
    endedAt: ended.endedAt ?? now.toISOString(),
    ...(failure !== undefined && {
      failureDetails: { ...failure, message: cut(withoutSpeakers(failure.message, speakers)) },
    }),
    ...(output !== undefined && output.Errors.length > 0 && { errors: listErrors(output, manifest, speakers) }),
    ...(ended.problems !== undefined && {
      problemCount: ended.problemCount ?? ended.problems.length,
      problems: listProblems(ended.problems),
    }),
    executionArn: results.executionArn,
  };
}
