import * as z from 'zod';
import { found, type Problem } from './manifest.ts';
import { jobName, type OutputLocation, s3Uri } from './output-location.ts';
import { members, type StartEnrollmentSettings } from './settings.ts';
import type { Upload } from './upload.ts';

/**
 * A `StartSpeakerEnrollmentJob` request as this workflow makes it. A schema, because it comes back to start-job through
 * the state machine.
 */
export const jobRequestSchema = z.object({
  ClientToken: z.string(),
  JobName: z.string(),
  DomainId: z.string(),
  DataAccessRoleArn: z.string(),
  InputDataConfig: z.object({ S3Uri: z.string() }),
  OutputDataConfig: z.object({ S3Uri: z.string(), KmsKeyId: z.string().optional() }),
  EnrollmentConfig: z
    .object({
      ExistingEnrollmentAction: z.enum(['SKIP', 'OVERWRITE']).optional(),
      FraudDetectionConfig: z
        .object({
          FraudDetectionAction: z.enum(['IGNORE', 'FAIL']).optional(),
          RiskThreshold: z.number().optional(),
          WatchlistIds: z.array(z.string()).optional(),
        })
        .optional(),
    })
    .optional(),
});
export type JobRequest = z.infer<typeof jobRequestSchema>;

/** S3 object metadata (`x-amz-meta-…`) that overrides the defaults for one upload. */
const overrides = z.object({
  'domain-id': members.domainId.optional(),
  'existing-enrollment-action': members.existingEnrollmentAction.optional(),
  'fraud-detection-action': members.fraudDetectionAction.optional(),
  'risk-threshold': members.riskThreshold.optional(),
  'watchlist-ids': members.watchlistIds.optional(),
});

/**
 * The `StartSpeakerEnrollmentJob` request of an upload: the stack's defaults with the upload's own choices on top.
 * @returns the request, or the problems of its metadata.
 */
export function jobRequest(
  upload: Upload,
  token: string,
  output: OutputLocation,
  metadata: Record<string, string>,
  settings: StartEnrollmentSettings,
): { request: JobRequest } | { problems: Problem[] } {
  const parsed = overrides.safeParse(metadata);
  if (!parsed.success) {
    const names = parsed.error.issues.map((issue) => [String(issue.path[0]), issue.message] as const);
    return {
      // One each, however many of a list's elements are wrong.
      problems: [...new Map(names)].map(([name, message]) => ({
        path: `x-amz-meta-${name}`,
        found: found(metadata[name]),
        expected: message.replace(/^expected /, ''),
      })),
    };
  }
  const own = parsed.data;
  const existing = own['existing-enrollment-action'] ?? settings.EXISTING_ENROLLMENT_ACTION;
  const fraud = {
    FraudDetectionAction: own['fraud-detection-action'] ?? settings.FRAUD_DETECTION_ACTION,
    RiskThreshold: own['risk-threshold'] ?? settings.RISK_THRESHOLD,
    WatchlistIds: own['watchlist-ids'] ?? settings.WATCHLIST_IDS,
  };
  const screens = Object.values(fraud).some((value) => value !== undefined);
  return {
    request: {
      ClientToken: token,
      JobName: jobName(upload.key, token),
      DomainId: own['domain-id'] ?? settings.VOICE_ID_DOMAIN_ID,
      DataAccessRoleArn: settings.DATA_ACCESS_ROLE_ARN,
      InputDataConfig: { S3Uri: s3Uri(output.bucket, `${output.folder}/${output.fileName}`) },
      OutputDataConfig: {
        S3Uri: s3Uri(output.bucket, output.folder),
        ...(settings.OUTPUT_KMS_KEY_ID !== undefined && { KmsKeyId: settings.OUTPUT_KMS_KEY_ID }),
      },
      ...((existing !== undefined || screens) && {
        EnrollmentConfig: {
          ...(existing !== undefined && { ExistingEnrollmentAction: existing }),
          ...(screens && { FraudDetectionConfig: fraud }),
        },
      }),
    },
  };
}
