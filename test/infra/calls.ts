import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** IAM's prefix of each SDK client's actions. Voice ID's calls go to the engine, which knows its own access keys. */
const prefixes: Record<string, string | undefined> = {
  s3: 's3',
  sfn: 'states',
  sqs: 'sqs',
  sts: 'sts',
  dynamodb: 'dynamodb',
  'secrets-manager': 'secretsmanager',
  eventbridge: 'events',
};

/** Calls that IAM knows under another name. */
const renamed: Record<string, string> = { 's3:HeadObject': 's3:GetObject', 's3:ListObjectsV2': 's3:ListBucket' };

/** Every module that `entry` imports from the project, itself included. Type imports don't count: they call nothing. */
async function modulesOf(entry: string, seen = new Map<string, string>()): Promise<Map<string, string>> {
  if (seen.has(entry)) return seen;
  const source = await readFile(entry, 'utf8');
  seen.set(entry, source);
  for (const [, path = ''] of source.matchAll(/^(?:import|export)(?! type)[^;]*?from '(\.[^']+\.ts)';/gm)) {
    await modulesOf(join(dirname(entry), path), seen);
  }
  return seen;
}

/** The IAM actions of the AWS calls that `entry` and what it imports make: the commands that they import. */
export async function actionsCalled(entry: string): Promise<Set<string>> {
  const actions = new Set<string>();
  for (const source of (await modulesOf(entry)).values()) {
    for (const [, names = '', client = ''] of source.matchAll(
      /^import \{([^}]*)\} from '@aws-sdk\/client-([a-z0-9-]+)';/gm,
    )) {
      const prefix = prefixes[client];
      if (prefix === undefined) continue;
      for (const [, command = ''] of names.matchAll(/\b(\w+)Command\b/g)) {
        const action = `${prefix}:${command}`;
        actions.add(renamed[action] ?? action);
      }
    }
  }
  return actions;
}
