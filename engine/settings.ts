import * as z from 'zod';
import { SettingsError } from './errors.ts';

export interface AccessKey {
  accessKeyId: string;
  secretAccessKey: string;
}

/** Calls a second that each group of operations may make; undefined: no limit. */
export interface Rates {
  /** Start, Describe and List of domains and jobs together. */
  control?: number | undefined;
  listSpeakers?: number | undefined;
  /** Other calls on speakers and fraudsters. */
  speakers?: number | undefined;
  tags?: number | undefined;
}

export interface Quotas {
  domains: number;
  watchlistsPerDomain: number;
  /** Jobs of one kind that a domain may have waiting behind the running one. 0: as Voice ID, none. */
  queuedJobs: number;
  fraudstersPerWatchlist: number;
}

export interface EngineSettings {
  region: string;
  accountId: string;
  accessKeys: readonly AccessKey[];
  /** With it a job's data-access role is assumed; undefined: the engine reads and writes with its own credentials. */
  externalId?: string | undefined;
  /** DynamoDB table. */
  tableName: string;
  /** EventBridge bus for the engine's own events, its name or ARN; undefined: they go nowhere. */
  eventBus?: string | undefined;
  /** 32 bytes: everything stored is encrypted with it (AES-256-GCM). */
  encryptionKey: Uint8Array;
  /** Where the speaker model is; undefined: the starter model. */
  modelDirectory?: string | undefined;
  /** Worker threads; undefined: one a core. */
  workers?: number | undefined;
  /** What becomes of requests of different speakers that have one voice; undefined: TELL, enrolled and told of. */
  sameVoice?: 'TELL' | 'REFUSE' | undefined;
  quotas: Quotas;
  rates: Rates;
}

export const defaultQuotas: Quotas = {
  domains: 3,
  watchlistsPerDomain: 3,
  queuedJobs: 100,
  fraudstersPerWatchlist: 500,
};

/** `KEY:SECRET[,KEY:SECRET]` → access keys; undefined where it is no such list. */
export function parseAccessKeys(text: string): AccessKey[] | undefined {
  const keys: AccessKey[] = [];
  for (const pair of text.split(',')) {
    const colon = pair.indexOf(':');
    const accessKeyId = pair.slice(0, colon).trim();
    const secretAccessKey = pair.slice(colon + 1).trim();
    if (colon <= 0 || accessKeyId === '' || secretAccessKey === '') return undefined;
    keys.push({ accessKeyId, secretAccessKey });
  }
  return keys;
}

const whole = z.string().regex(/^\d+$/, 'expected a whole number').transform(Number);
const rate = z
  .string()
  .regex(/^\d+(\.\d+)?$/, 'expected a number of calls a second')
  .transform(Number)
  .optional();

export const settingsSchema = z.object({
  AWS_REGION: z.string().min(1).default('us-east-1'),
  VIVAVOCE_ACCOUNT_ID: z
    .string()
    .regex(/^\d{12}$/, 'expected twelve digits')
    .default('000000000000'),
  VIVAVOCE_CREDENTIALS: z.string('expected KEY:SECRET[,KEY:SECRET]').transform((text, context) => {
    const keys = parseAccessKeys(text);
    if (keys === undefined) context.addIssue({ code: 'custom', message: 'expected KEY:SECRET[,KEY:SECRET]' });
    return keys ?? [];
  }),
  VIVAVOCE_EXTERNAL_ID: z.string().min(2).max(1224).optional(),
  VIVAVOCE_TABLE: z.string().min(3).default('vivavoce'),
  VIVAVOCE_EVENT_BUS: z.string().min(1).optional(),
  VIVAVOCE_ENCRYPTION_KEY: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, 'expected 32 bytes as 64 hexadecimal digits: openssl rand -hex 32')
    .transform((hex) => new Uint8Array(Buffer.from(hex, 'hex'))),
  VIVAVOCE_MODEL: z.string().min(1).optional(),
  VIVAVOCE_WORKERS: whole.optional(),
  VIVAVOCE_SAME_VOICE: z.enum(['TELL', 'REFUSE'], 'expected TELL or REFUSE').default('TELL'),
  VIVAVOCE_QUOTA_DOMAINS: whole.default(defaultQuotas.domains),
  VIVAVOCE_QUOTA_WATCHLISTS: whole.default(defaultQuotas.watchlistsPerDomain),
  VIVAVOCE_QUOTA_QUEUED_JOBS: whole.default(defaultQuotas.queuedJobs),
  VIVAVOCE_QUOTA_FRAUDSTERS: whole.default(defaultQuotas.fraudstersPerWatchlist),
  VIVAVOCE_RATE_CONTROL: rate,
  VIVAVOCE_RATE_LIST_SPEAKERS: rate,
  VIVAVOCE_RATE_SPEAKERS: rate,
  VIVAVOCE_RATE_TAGS: rate,
});

/** The engine's settings from the environment. @throws SettingsError that names every missing or malformed one. */
export function readSettings(env: NodeJS.ProcessEnv): EngineSettings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      return given[name] === undefined
        ? `${name} is missing (${issue.message})`
        : `${name} is malformed: ${issue.message}`;
    });
    throw new SettingsError(`Settings: ${problems.join('; ')}.`);
  }
  const { data } = parsed;
  return {
    region: data.AWS_REGION,
    accountId: data.VIVAVOCE_ACCOUNT_ID,
    accessKeys: data.VIVAVOCE_CREDENTIALS,
    externalId: data.VIVAVOCE_EXTERNAL_ID,
    tableName: data.VIVAVOCE_TABLE,
    eventBus: data.VIVAVOCE_EVENT_BUS,
    encryptionKey: data.VIVAVOCE_ENCRYPTION_KEY,
    modelDirectory: data.VIVAVOCE_MODEL,
    workers: data.VIVAVOCE_WORKERS,
    sameVoice: data.VIVAVOCE_SAME_VOICE,
    quotas: {
      domains: data.VIVAVOCE_QUOTA_DOMAINS,
      watchlistsPerDomain: data.VIVAVOCE_QUOTA_WATCHLISTS,
      queuedJobs: data.VIVAVOCE_QUOTA_QUEUED_JOBS,
      fraudstersPerWatchlist: data.VIVAVOCE_QUOTA_FRAUDSTERS,
    },
    rates: {
      control: data.VIVAVOCE_RATE_CONTROL,
      listSpeakers: data.VIVAVOCE_RATE_LIST_SPEAKERS,
      speakers: data.VIVAVOCE_RATE_SPEAKERS,
      tags: data.VIVAVOCE_RATE_TAGS,
    },
  };
}
