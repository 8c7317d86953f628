import * as z from 'zod';
import { SettingsError } from '../errors.ts';

const text = z.string().min(1);
const whole = (low: number, high: number) =>
  z
    .string()
    .regex(/^\d+$/, 'expected a whole number')
    .transform(Number)
    .refine((value) => value >= low && value <= high, `expected ${low} to ${high}`);

/** What every engine function reads; the engine's own settings (`engine/settings.ts`) come on top. */
const common = {
  /** Secret {"accessKeyId", "secretAccessKey"} that clients sign with. */
  CREDENTIALS_SECRET_ARN: text,
  /** Secret of 64 hexadecimal digits that everything stored is encrypted with. */
  ENCRYPTION_KEY_SECRET_ARN: text,
  EVENT_BUS_NAME: text,
  /** Of the engine's metrics: the stack's name. */
  METRICS_NAMESPACE: text,
};
const jobs = {
  /** What the data-access role's trust policy asks for. */
  EXTERNAL_ID: text,
};

export const schemas = {
  api: z.object({ ...common, JOB_STATE_MACHINE_ARN: text }),
  listen: z.object({ ...common, EXTERNAL_ID: text, DATA_ACCESS_ROLE_ARN: text }),
  prepareJob: z.object({
    ...common,
    ...jobs,
    JOB_STATE_MACHINE_ARN: text,
    /** Speakers of one function call. */
    SPEAKERS_PER_BATCH: whole(1, 100).default(5),
    /** Function calls at once; 0: as many as Step Functions starts. */
    MAX_CONCURRENCY: whole(0, 10_000).default(100),
  }),
  enrollSpeakers: z.object({ ...common, ...jobs }),
  mergeJob: z.object({ ...common, ...jobs, JOB_STATE_MACHINE_ARN: text }),
  makeDomain: z.object(common),
};

/** @throws SettingsError that names every missing or malformed one. */
export function readLambdaSettings<T extends z.ZodType>(schema: T, env: NodeJS.ProcessEnv): z.infer<T> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`);
  throw new SettingsError(`Settings: ${problems.join('; ')}.`);
}
