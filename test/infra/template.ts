import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { type Statement, statementSchema } from './policies.ts';

const run = promisify(execFile);
export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  Condition?: string;
  Metadata?: unknown;
}

const templateSchema = z.object({
  Parameters: z.record(z.string(), z.looseObject({ Default: z.union([z.string(), z.number()]).optional() })),
  Conditions: z.record(z.string(), z.unknown()),
  Rules: z.record(
    z.string(),
    z.object({
      RuleCondition: z.unknown(),
      Assertions: z.array(z.object({ Assert: z.unknown(), AssertDescription: z.string() })),
    }),
  ),
  Resources: z.record(
    z.string(),
    z.looseObject({
      Type: z.string(),
      Properties: z.record(z.string(), z.unknown()).default({}),
      Condition: z.string().optional(),
      DeletionPolicy: z.string().optional(),
      UpdateReplacePolicy: z.string().optional(),
      Metadata: z.unknown().optional(),
    }),
  ),
  Outputs: z.record(z.string(), z.unknown()),
});

/** What a later `osls deploy --package` works from. */
const stateSchema = z.object({
  service: z.object({ provider: z.object({ stackPolicy: z.array(statementSchema) }) }),
});

export type Template = z.infer<typeof templateSchema>;

export interface Assembled {
  template: Template;
  file: string;
  /** What osls sets as the stack's policy after a deployment. */
  stackPolicy: Statement[];
  zip(functionKey: string): Promise<Buffer>;
  remove(): Promise<void>;
}

/** `osls package` without credentials, without a home to find any in. */
export async function assemble(): Promise<Assembled> {
  if (!existsSync(join(root, 'dist/functions')) || !existsSync(join(root, 'dist/engine')))
    await run(process.execPath, [join(root, 'infra/build.ts')]);
  const folder = await mkdtemp(join(tmpdir(), 'vivavoce-package-'));
  // It zips in `.serverless` of its working directory, and empties that when it begins and ends: each has its own.
  const service = await mkdtemp(join(tmpdir(), 'vivavoce-service-'));
  for (const name of ['serverless.yml', 'package.json', 'infra'])
    await cp(join(root, name), join(service, name), { recursive: true });
  for (const name of ['node_modules', 'statemachine', 'dist']) await symlink(join(root, name), join(service, name));
  await run(process.execPath, [join(root, 'node_modules/osls/bin/serverless.js'), 'package', '--package', folder], {
    cwd: service,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      // As it was built for.
      ENGINE_ARCHITECTURE: process.env.ENGINE_ARCHITECTURE,
      AWS_EC2_METADATA_DISABLED: 'true',
      SLS_TELEMETRY_DISABLED: '1',
    },
  });
  await rm(service, { recursive: true });
  const file = join(folder, 'cloudformation-template-update-stack.json');
  const state: unknown = JSON.parse(await readFile(join(folder, 'serverless-state.json'), 'utf8'));
  return {
    template: templateSchema.parse(JSON.parse(await readFile(file, 'utf8'))),
    file,
    stackPolicy: stateSchema.parse(state).service.provider.stackPolicy,
    zip: (functionKey) => readFile(join(folder, `${functionKey}.zip`)),
    remove: () => rm(folder, { recursive: true }),
  };
}

export function ofType(template: Template, type: string): [logicalId: string, resource: Resource][] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type) as [string, Resource][];
}
