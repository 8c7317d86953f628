import * as z from 'zod';
import type { SpeakerEnrollmentJobFailed, SpeakerEnrollmentManifestRejected } from './events.generated.ts';
import type { EndingStatus, Execution, FailureDetails, Outcome } from './execution.ts';
import { type EnrollmentRequest, type Manifest, type Problem, ruleOf } from './manifest.ts';
import { maskFor } from './privacy.ts';

/** The `.out` file of an enrollment job, as far as an ending needs it. */
export const outputFileSchema = z.object({
  Errors: z
    .array(z.object({ RequestId: z.string(), ErrorCode: z.int(), ErrorMessage: z.string().default('') }))
    .default([]),
  SuccessfulEnrollments: z.array(z.object({ RequestId: z.string(), EnrollmentStatus: z.string() })).default([]),
  /** The engine's own: requests of different speakers that have one voice. Voice ID's own files had no such member. */
  SameVoice: z.array(z.object({ RequestIds: z.array(z.string()) })).default([]),
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
  problems?: ToldProblem[];
}

/** A problem as an event has it: where, and the rule. What stands there is in `rejected.json` alone. */
export interface ToldProblem {
  path: string;
  message: string;
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

/** The first problems, fit for an event. */
export function tellProblems(problems: readonly Problem[]): ToldProblem[] {
  return listed(problems.slice(0, LISTED).map((problem) => ({ path: problem.path, message: ruleOf(problem) })));
}

function count(output: OutputFile, requested: number | undefined): Counts {
  const of = (status: string) => output.SuccessfulEnrollments.filter((row) => row.EnrollmentStatus === status).length;
  return {
    requested: requested ?? output.SuccessfulEnrollments.length + output.Errors.length,
    enrolled: of('NEW_ENROLLMENT'),
    overwritten: of('ENROLLMENT_OVERWRITE'),
    skipped: of('DUPLICATE_SKIPPED'),
    failed: output.Errors.length,
    sameVoice: new Set(output.SameVoice.flatMap(({ RequestIds }) => RequestIds)).size,
  };
}

/**
 * Which requests have one voice, group by group, for the summary: too many for an event. No speaker id in them: what to take
 * out is known from the manifest alone.
 */
export function sameVoice(output: OutputFile, manifest: Manifest): string[][] {
  const mask = maskFor(
    output.SameVoice.flatMap(({ RequestIds }) => RequestIds),
    manifest,
  );
  return output.SameVoice.map(({ RequestIds }) => RequestIds.map((id) => mask(id)));
}

/**
 * The first errors of a job, fit for an event: no speaker id in them. What to take out is known from the manifest alone, so
 * without it there are none.
 */
function listErrors(output: OutputFile, manifest: Manifest): ListedErrors {
  const first = output.Errors.slice(0, LISTED);
  const requestOf = new Map<string, EnrollmentRequest>();
  const ids = new Set(first.map((row) => row.RequestId));
  for (const request of manifest.SpeakerEnrollmentRequests) {
    if (ids.has(request.RequestId)) requestOf.set(request.RequestId, request);
  }
  const mask = maskFor(
    first.flatMap((row) => [row.RequestId, row.ErrorMessage]),
    manifest,
  );
  const rows = first.map(({ RequestId, ErrorCode, ErrorMessage }) => ({
    requestId: cut(mask(RequestId), ID_LENGTH),
    errorCode: ErrorCode,
    errorMessage: cut(mask(ErrorMessage, requestOf.get(RequestId))),
  }));
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
      failureDetails: { ...failure, message: cut(maskFor([failure.message], manifest)(failure.message)) },
    }),
    ...(output !== undefined &&
      manifest !== undefined &&
      output.Errors.length > 0 && { errors: listErrors(output, manifest) }),
    ...(ended.problems !== undefined && {
      problemCount: ended.problemCount ?? ended.problems.length,
      problems: listed(ended.problems.map(({ path, message }) => ({ path: cut(path), message: cut(message) }))),
    }),
    executionArn: results.executionArn,
  };
}
