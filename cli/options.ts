import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { ACCESS_KEY, REGION } from '../local/account.ts';
import { UsageError } from './errors.ts';

/** Options that every command against a running cloud has. */
export const common = {
  'endpoint-url': { type: 'string' },
  region: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies ParseArgsOptionsConfig;

export const COMMON_HELP = `
  --endpoint-url URL   another origin than http://127.0.0.1:4566; "aws" for AWS itself
  --region REGION      another region than the environment's, or us-east-1
  --json               machine-readable output
  --help               this text`;

export function parse<const T extends ParseArgsOptionsConfig>(
  argv: readonly string[],
  options: T,
  allowPositionals = false,
) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

export const LOCAL_ORIGIN = 'http://127.0.0.1:4566';

/**
 * Settings for the SDK's clients. Against the local cloud its own credentials sign, unless the environment has some;
 * against any other endpoint the usual ones.
 */
export function clientOptions(values: { 'endpoint-url'?: string | undefined; region?: string | undefined }) {
  const endpoint = values['endpoint-url'] ?? process.env.AWS_ENDPOINT_URL ?? LOCAL_ORIGIN;
  const region = values.region ?? process.env.AWS_REGION ?? REGION;
  if (endpoint === 'aws') return { region };
  const local = /^http:\/\/(127\.|localhost|\[::1\])/.test(endpoint);
  const [accessKeyId, secretAccessKey] = (process.env.VIVAVOCE_CREDENTIALS ?? '').split(/[:,]/);
  const key = accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : ACCESS_KEY;
  const hasOwn = process.env.AWS_ACCESS_KEY_ID !== undefined || process.env.AWS_PROFILE !== undefined;
  return { region, endpoint, ...(local && !hasOwn && { credentials: key }) };
}
