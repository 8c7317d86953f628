import * as z from 'zod';
import { SettingsError } from './errors.ts';

const integer = (what: string, low: number, high: number) =>
  z
    .string()
    .regex(/^\d+$/, `expected ${what}`)
    .transform(Number)
    .refine((value) => value >= low && value <= high, `expected ${what}`);

/** The constraints of Voice ID's members, for settings and for an upload's metadata alike. */
export const members = {
  domainId: z.string().regex(/^[a-zA-Z0-9]{22}$/, 'expected a domain id: 22 letters and digits'),
  dataAccessRoleArn: z
    .string()
    .min(20, 'expected a role ARN')
    .max(2048, 'expected a role ARN')
    .regex(/^arn:aws(-[^:]+)?:iam::[0-9]{12}:role\/.+$/, 'expected a role ARN: arn:aws:iam::123456789012:role/name'),
  kmsKeyId: z.string().min(1).max(2048, 'expected a KMS key id, key ARN, alias or alias ARN'),
  existingEnrollmentAction: z.enum(['SKIP', 'OVERWRITE'], 'expected SKIP or OVERWRITE'),
  fraudDetectionAction: z.enum(['IGNORE', 'FAIL'], 'expected IGNORE or FAIL'),
  riskThreshold: integer('a whole number from 0 to 100', 0, 100),
  watchlistIds: z
    .string()
    .transform((text) => text.split(',').map((id) => id.trim()))
    .pipe(
      z
        .array(
          z.string().regex(/^[a-zA-Z0-9]{22}$/, 'expected watchlist ids of 22 letters and digits, comma-separated'),
        )
        .min(1),
    ),
};

export const bucket = z.string().regex(/^[a-z0-9][.\-a-z0-9]{1,61}[a-z0-9]$/, 'expected a bucket name');
export const seconds = (low: number) => integer(`a whole number of seconds, at least ${low}`, low, 31_536_000);
/** How long an upload's job may wait before it runs: for its start, and in the engine's queue. */
const queueDeadline = seconds(1).default(604_800);

/** What every function that calls Voice ID reads. The SDK itself takes the endpoint from the environment. */
export const voiceId = {
  AWS_ENDPOINT_URL_VOICE_ID: z.url({ protocol: /^https?$/, error: 'expected an http or https URL' }).optional(),
  VOICE_ID_CREDENTIALS_SECRET_ARN: z.string().min(1).optional(),
};

const job = {
  VOICE_ID_DOMAIN_ID: members.domainId,
  DATA_ACCESS_ROLE_ARN: members.dataAccessRoleArn,
  OUTPUT_KMS_KEY_ID: members.kmsKeyId.optional(),
  EXISTING_ENROLLMENT_ACTION: members.existingEnrollmentAction.optional(),
  FRAUD_DETECTION_ACTION: members.fraudDetectionAction.optional(),
  RISK_THRESHOLD: members.riskThreshold.optional(),
  WATCHLIST_IDS: members.watchlistIds.optional(),
};

/** What each function reads of its environment; the contract's names. */
export const schemas = {
  startEnrollment: z.object({
    ...job,
    RESULTS_BUCKET: bucket,
    STATE_MACHINE_ARN: z
      .string()
      .regex(/^arn:[^:]+:states:[^:]+:\d{12}:stateMachine:.+$/, 'expected a state machine ARN'),
    ...voiceId,
  }),
  startJob: z.object({
    JOB_RETRY_SECONDS: seconds(1).default(30),
    JOB_QUEUE_DEADLINE_SECONDS: queueDeadline,
    ...voiceId,
  }),
  pollEnrollment: z
    .object({
      POLL_MIN_SECONDS: seconds(1).default(5),
      POLL_MAX_SECONDS: seconds(1).default(300),
      JOB_DEADLINE_SECONDS: seconds(1).default(86_400),
      JOB_QUEUE_DEADLINE_SECONDS: queueDeadline,
      ...voiceId,
    })
    .refine((settings) => settings.POLL_MIN_SECONDS <= settings.POLL_MAX_SECONDS, {
      path: ['POLL_MAX_SECONDS'],
      message: 'expected at least POLL_MIN_SECONDS',
    }),
  summarizeEnrollment: z.object({
    STATE_MACHINE_ARN: z
      .string()
      .regex(/^arn:[^:]+:states:[^:]+:\d{12}:stateMachine:.+$/, 'expected a state machine ARN'),
  }),
};

export type StartEnrollmentSettings = z.infer<typeof schemas.startEnrollment>;
export type StartJobSettings = z.infer<typeof schemas.startJob>;
export type PollEnrollmentSettings = z.infer<typeof schemas.pollEnrollment>;
export type SummarizeEnrollmentSettings = z.infer<typeof schemas.summarizeEnrollment>;

/**
 * A function's settings from its environment. An empty value counts as none: CloudFormation has no other way to say so.
 * @throws SettingsError that names every missing or malformed one.
 */
export function readSettings<T extends z.ZodType>(schema: T, env: NodeJS.ProcessEnv): z.infer<T> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0]);
    return given[name] === undefined ? `${name} is missing` : `${name} is malformed: ${issue.message}`;
  });
  throw new SettingsError(`Settings: ${[...new Set(problems)].join('; ')}.`);
}
