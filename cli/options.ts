import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { CommandError, UsageError } from '../clients/errors.ts';
import { parseAccessKeys } from '../engine/settings.ts';
import { ACCESS_KEY, clientOf, REGION } from '../local/account.ts';

/** Options that every command against a running cloud has. */
export const common = {
  'endpoint-url': { type: 'string' },
  region: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies ParseArgsOptionsConfig;

export const COMMON_HELP = `
  --endpoint-url URL   another origin than http://127.0.0.1:4566; "aws" for AWS itself
  --region REGION      on AWS another one than the AWS CLI would use
  --json               machine-readable output
  --help               this text`;

/** An upload's id is 43 letters, digits, _ and -; one in 64 begins as an option does, and no option is as long. */
const ID_LIKE_AN_OPTION = /^-[\w-]{42}$/;

/** Such ids stand at the end, where they are taken for what they are. */
function idsLast(argv: readonly string[]): string[] {
  const ids = argv.filter((each) => ID_LIKE_AN_OPTION.test(each));
  if (ids.length === 0 || argv.includes('--')) return [...argv];
  return [...argv.filter((each) => !ids.includes(each)), '--', ...ids];
}

export function parse<const T extends ParseArgsOptionsConfig>(
  argv: readonly string[],
  options: T,
  allowPositionals = false,
) {
  try {
    const args = allowPositionals ? idsLast(argv) : [...argv];
    return parseArgs({ args, options, allowPositionals, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** @throws UsageError where `text` is no whole number from `min` to `max`. */
export function whole(name: string, text: string, min: number, max = Number.MAX_SAFE_INTEGER): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < min || number > max) {
    const range = max === Number.MAX_SAFE_INTEGER ? `of ${min} or more` : `from ${min} to ${max}`;
    throw new UsageError(`Found --${name} '${text}', expected a whole number ${range}.`);
  }
  return number;
}

/** @throws UsageError where `text` is no port. */
export function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new UsageError(`Found the port '${text}', expected a number up to 65535.`);
  return port;
}

/** @throws UsageError where `text` is given and none of `values`. */
export function oneOf<const T extends string>(name: string, text: string | undefined, values: readonly T[]) {
  const value = values.find((each) => each === text);
  if (text !== undefined && value === undefined) {
    throw new UsageError(`Found --${name} '${text}', expected ${values.slice(0, -1).join(', ')} or ${values.at(-1)}.`);
  }
  return value;
}

/** @throws UsageError where `text` is given and not of that form. */
export function formed(name: string, text: string | undefined, form: RegExp, expected: string): string | undefined {
  if (text !== undefined && !form.test(text)) {
    throw new UsageError(`Found --${name} '${text}', expected ${expected}.`);
  }
  return text;
}

const ID = /^[a-zA-Z0-9]{22}$/;
export const isJobId = (text: string) => ID.test(text);
export const domainOption = (text: string | undefined) => formed('domain-id', text, ID, '22 letters and digits');

/** @throws UsageError where a file can't be written there: known before it is made. */
export async function checkWritable(name: string, file: string): Promise<void> {
  try {
    await access(dirname(file), constants.W_OK);
  } catch {
    throw new UsageError(`Found --${name} ${file}, expected a file in a directory that can be written to.`);
  }
  const there = await stat(file).catch(() => undefined);
  if (there?.isDirectory()) throw new UsageError(`Found --${name} ${file}, a directory, expected a file.`);
}

/** The one job that a command is about. */
export function jobArgument([jobId, ...more]: readonly string[]): string {
  if (jobId === undefined || more.length > 0) {
    const found = jobId === undefined ? 'no job id' : `${more.length + 1} job ids`;
    throw new UsageError(`Found ${found}, expected one: npm run vivavoce -- jobs lists them.`);
  }
  if (!ID.test(jobId)) throw new UsageError(`Found the job id '${jobId}', expected 22 letters and digits.`);
  return jobId;
}

const LOCAL_ORIGIN = 'http://127.0.0.1:4566';

export interface Target {
  'endpoint-url'?: string | undefined;
  region?: string | undefined;
}

const endpointOf = (values: Target, env: NodeJS.ProcessEnv) =>
  values['endpoint-url'] ?? (env.AWS_ENDPOINT_URL || LOCAL_ORIGIN);

/** Whether a local cloud is meant: its names, region and key are its own, whatever the environment says of AWS. */
export function isLocal(values: Target, env: NodeJS.ProcessEnv = process.env): boolean {
  const endpoint = endpointOf(values, env);
  return URL.canParse(endpoint) && /^(127\.|localhost$|\[::1\]$)/.test(new URL(endpoint).hostname);
}

/**
 * Settings for the SDK's clients. Against a local endpoint the local key and region, always: somebody who works with AWS
 * has others in the environment, which are meant for AWS. Against any other what the AWS CLI would use: `AWS_REGION`,
 * `AWS_DEFAULT_REGION`, the profile's region; and the usual credentials.
 */
export function clientOptions(values: Target, env: NodeJS.ProcessEnv = process.env) {
  const endpoint = endpointOf(values, env);
  if (isLocal(values, env)) {
    const [key = ACCESS_KEY] = engineKeys(env);
    return { ...clientOf(endpoint, key), region: values.region ?? REGION };
  }
  const region = values.region ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION || undefined);
  const options = region === undefined ? {} : { region };
  if (endpoint !== 'aws') {
    if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint)) {
      throw new UsageError(`Found the endpoint '${endpoint}', expected "aws" or http(s)://host[:port].`);
    }
    return { ...options, endpoint };
  }
  if (env.AWS_ENDPOINT_URL) {
    throw new CommandError(
      `--endpoint-url aws means AWS itself, but AWS_ENDPOINT_URL is ${env.AWS_ENDPOINT_URL}: unset it, or leave the option out.`,
    );
  }
  return options;
}

/** The keys that `VIVAVOCE_CREDENTIALS` names: of the engine, and of a local cloud that is started with it. */
export function engineKeys(env: NodeJS.ProcessEnv) {
  if (!env.VIVAVOCE_CREDENTIALS) return [];
  const keys = parseAccessKeys(env.VIVAVOCE_CREDENTIALS);
  if (keys === undefined) {
    throw new CommandError('VIVAVOCE_CREDENTIALS is malformed: expected KEY:SECRET[,KEY:SECRET].');
  }
  return keys;
}
