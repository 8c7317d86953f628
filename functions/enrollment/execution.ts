import * as z from 'zod';
import { jobRequestSchema } from './job-request.ts';

/** The five endings, as `detail-type` has them. */
export const detailTypeOf = {
  COMPLETED: 'Speaker Enrollment Job Completed',
  COMPLETED_WITH_ERRORS: 'Speaker Enrollment Job Completed With Errors',
  FAILED: 'Speaker Enrollment Job Failed',
  TIMED_OUT: 'Speaker Enrollment Job Timed Out',
  REJECTED: 'Speaker Enrollment Manifest Rejected',
} as const;

export type EndingStatus = keyof typeof detailTypeOf;

const failureDetailsSchema = z.object({ message: z.string(), statusCode: z.int().optional() });
export type FailureDetails = z.infer<typeof failureDetailsSchema>;

/** How an upload ended, as far as the summary must know: set by whichever step sees the end. */
export const outcomeSchema = z.object({
  status: z.enum(['COMPLETED', 'COMPLETED_WITH_ERRORS', 'FAILED', 'TIMED_OUT', 'REJECTED']),
  detailType: z.string(),
  endedAt: z.string().optional(),
  failureDetails: failureDetailsSchema.optional(),
  problemCount: z.number().optional(),
  problems: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  rejectedS3Uri: z.string().optional(),
  /** What a Catch of the state machine caught; the summary makes failure details of it. */
  error: z.object({ Error: z.string().nullish(), Cause: z.string().nullish() }).optional(),
});
export type Outcome = z.infer<typeof outcomeSchema>;

export function outcome(status: EndingStatus, more: Omit<Outcome, 'status' | 'detailType'> = {}): Outcome {
  return { status, detailType: detailTypeOf[status], ...more };
}

/** A job that runs: the id is all that polling needs. */
export const startedJobSchema = z.object({ jobId: z.string(), createdAt: z.string() });

/** The input of an execution, and what its states carry along. */
export const executionSchema = z.object({
  uploadId: z.string(),
  domainId: z.string(),
  manifest: z.object({
    bucket: z.string(),
    key: z.string(),
    versionId: z.string().exactOptional(),
    eTag: z.string().exactOptional(),
  }),
  output: z.object({ bucket: z.string(), folder: z.string(), fileName: z.string() }),
  requested: z.number().optional(),
  /** The job's request, for a start that has to wait. */
  request: jobRequestSchema.optional(),
  job: startedJobSchema.optional(),
  outcome: outcomeSchema.optional(),
});
export type Execution = z.infer<typeof executionSchema>;
