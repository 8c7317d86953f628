import { build } from 'esbuild';

/** IAM's prefix of each SDK client's actions. Voice ID's calls go to the engine, which knows its own access keys. */
const prefixes: Record<string, string | undefined> = {
  s3: 's3',
  lambda: 'lambda',
  'kinesis-video': 'kinesisvideo',
  'kinesis-video-media': 'kinesisvideo',
  sfn: 'states',
  sqs: 'sqs',
  sts: 'sts',
  dynamodb: 'dynamodb',
  'secrets-manager': 'secretsmanager',
  eventbridge: 'events',
};

/** Calls that IAM knows under another name. */
const renamed: Record<string, string> = {
  's3:HeadObject': 's3:GetObject',
  's3:ListObjectsV2': 's3:ListBucket',
  'lambda:Invoke': 'lambda:InvokeFunction',
  // A transaction is allowed by what it consists of; puts and deletions are also made one by one.
  'dynamodb:TransactWriteItems': 'dynamodb:ConditionCheckItem',
};

/** `entry` and what it uses of the project's modules: what nothing refers to is left out, as it is of the bundle. */
async function modulesOf(entry: string): Promise<Map<string, string>> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    absWorkingDir: process.cwd(),
  });
  const modules = new Map<string, string>();
  // What is of a module, in one piece or several, begins with a remark that is its path.
  for (const part of (outputFiles[0]?.text ?? '').split(/^\/\/ (?=[\w./-]+\.ts$)/m).slice(1)) {
    const [path = '', ...lines] = part.split('\n');
    modules.set(path, [modules.get(path), ...lines].join('\n'));
  }
  return modules;
}

/** The IAM actions of the AWS calls that `entry` may make, by module: the commands that its bundle constructs. */
export async function actionsByModule(entry: string): Promise<Map<string, Set<string>>> {
  const modules = await modulesOf(entry);
  const source = [...modules.values()].join('\n');
  const actionOf = new Map<string, string>();
  for (const [, names = '', client = ''] of source.matchAll(
    /^import \{([^}]*)\} from "@aws-sdk\/client-([a-z0-9-]+)";/gm,
  )) {
    const prefix = prefixes[client];
    if (prefix === undefined) continue;
    // Where two modules import the same, esbuild renames the second: `PutObjectCommand as PutObjectCommand2`.
    for (const [, command = '', alias] of names.matchAll(/\b(\w+)Command(?: as (\w+))?\b/g)) {
      const action = `${prefix}:${command}`;
      actionOf.set(alias ?? `${command}Command`, renamed[action] ?? action);
    }
  }
  const calls = [...modules].map(([path, text]) => {
    const constructed = [...text.matchAll(/\bnew (\w+)\(/g)].map(([, name = '']) => actionOf.get(name));
    return [path, new Set(constructed.filter((action) => action !== undefined))] as const;
  });
  return new Map(calls.filter(([, actions]) => actions.size > 0));
}

/** The IAM actions of the AWS calls that `entry` and what it uses make. */
export async function actionsCalled(entry: string): Promise<Set<string>> {
  return new Set([...(await actionsByModule(entry)).values()].flatMap((actions) => [...actions]));
}
