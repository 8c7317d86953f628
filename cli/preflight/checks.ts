import { CloudFormationClient, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import { DescribeKeyCommand, GetKeyPolicyCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { z } from 'zod';
import { explain } from '../../clients/explain.ts';
import type { Stage } from './stage.ts';

/** What was found. A problem makes the deployment fail, or what it deploys; a warning may be meant. */
export interface Finding {
  level: 'ok' | 'warning' | 'problem';
  /** What was looked at. */
  what: string;
  /** What was found, and what to do. */
  message: string;
}

const finding =
  (level: Finding['level']) =>
  (what: string, message: string): Finding => ({ level, what, message });
const ok = finding('ok');
const warning = finding('warning');
const problem = finding('problem');

/** Clients in the stage's region, with the user's own credentials. */
export interface Clients {
  sts: STSClient;
  lambda: LambdaClient;
  kms: KMSClient;
  s3: S3Client;
  secrets: SecretsManagerClient;
  cloudFormation: CloudFormationClient;
}

export function clientsIn(region: string): Clients {
  return {
    sts: new STSClient({ region }),
    lambda: new LambdaClient({ region }),
    kms: new KMSClient({ region }),
    s3: new S3Client({ region, forcePathStyle: true }),
    secrets: new SecretsManagerClient({ region }),
    cloudFormation: new CloudFormationClient({ region }),
  };
}

interface Context {
  stage: Stage;
  clients: Clients;
}
type Check = (context: Context) => Promise<Finding[]>;

/** Whose credentials these are, and whether the region takes them. */
const account: Check = async ({ stage, clients }) => {
  const { Account, Arn } = await clients.sts.send(new GetCallerIdentityCommand({}));
  return [ok('account', `${Account} in ${stage.region}, as ${Arn}`)];
};

/** What an engine of one's own can't do without; the template's Rules say the same, later. */
const engine: Check = async ({ stage: { parameters } }) => {
  if (parameters.engine === 'serverless') return [ok('engine', 'deployed in the stack')];
  if (parameters.engine !== 'self-hosted') {
    return [problem('engine', `Found ${parameters.engine}, expected serverless or self-hosted.`)];
  }
  const missing = ['engineEndpoint', 'domainId'].filter((name) => parameters[name] === '');
  if (parameters.enginePrincipalArn === '' && parameters.dataAccessRoleArn === '') missing.push('enginePrincipalArn');
  if (missing.length === 0) return [ok('engine', `yours, at ${parameters.engineEndpoint}`)];
  return missing.map((name) => problem('engine', `The engine is self-hosted: set ${name} in the stage's file.`));
};

/** AWS leaves that many unreserved. */
const UNRESERVED = 100;
const WORKFLOW_FUNCTIONS = 4;

/** The account's concurrent executions, against what a job and the workflow may take. */
const concurrency: Check = async ({ stage: { parameters }, clients }) => {
  const { AccountLimit } = await clients.lambda.send(new GetAccountSettingsCommand({}));
  const quota = AccountLimit?.ConcurrentExecutions ?? 0;
  const free = AccountLimit?.UnreservedConcurrentExecutions ?? quota;
  const reserved = Number(parameters.workflowConcurrency) * WORKFLOW_FUNCTIONS;
  const findings: Finding[] = [];
  if (reserved > 0 && free - reserved < UNRESERVED) {
    findings.push(
      problem(
        'concurrency',
        `workflowConcurrency reserves ${reserved} of ${free}, and AWS wants ${UNRESERVED} left: ask for a higher quota of concurrent executions, or set 0.`,
      ),
    );
  }
  if (parameters.engine === 'serverless' && Number(parameters.engineConcurrency) > (free - reserved) / 2) {
    findings.push(
      warning(
        'concurrency',
        `engineConcurrency ${parameters.engineConcurrency} is more than half of the ${free - reserved} concurrent executions that are free: lower it, or ask for a higher quota; docs/deploying.md has numbers.`,
      ),
    );
  }
  return findings.length > 0 ? findings : [ok('concurrency', `${free} of ${quota} concurrent executions are free`)];
};

const many = z.union([z.string(), z.array(z.string())]).transform((each) => (Array.isArray(each) ? each : [each]));
const policySchema = z.object({
  Statement: z.array(
    z.object({
      Effect: z.string(),
      Action: many.default([]),
      Principal: z
        .union([z.literal('*'), z.object({ Service: many.optional(), AWS: many.optional() }).loose()])
        .optional(),
    }),
  ),
});

/** Whether a statement lets a service decrypt and make data keys. */
function allows(policy: z.infer<typeof policySchema>, service: string): boolean {
  const actions = policy.Statement.filter(
    ({ Effect, Principal }) =>
      Effect === 'Allow' &&
      (Principal === '*' || (Principal?.Service ?? []).includes(service) || (Principal?.AWS ?? []).includes('*')),
  ).flatMap(({ Action }) => Action);
  const covered = (action: string) =>
    actions.some((each) => new RegExp(`^${each.replaceAll('*', '.*')}$`, 'i').test(action));
  return covered('kms:Decrypt') && covered('kms:GenerateDataKey');
}

/** A key of one's own: there, in use, in the region, and its policy lets those services use it that write with it. */
const key: Check = async ({ stage: { parameters, region }, clients: { kms } }) => {
  const { kmsKeyArn = '' } = parameters;
  if (kmsKeyArn === '') return [ok('key', 'the stack makes one')];
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: kmsKeyArn }));
  if (KeyMetadata?.Enabled !== true || KeyMetadata.KeySpec !== 'SYMMETRIC_DEFAULT') {
    return [
      problem(
        'key',
        `${kmsKeyArn} is ${KeyMetadata?.KeyState}, ${KeyMetadata?.KeySpec}: expected an enabled symmetric key.`,
      ),
    ];
  }
  const { Policy = '{}' } = await kms.send(new GetKeyPolicyCommand({ KeyId: kmsKeyArn, PolicyName: 'default' }));
  const policy = policySchema.parse(JSON.parse(Policy));
  const services = ['events.amazonaws.com', 'cloudwatch.amazonaws.com', `logs.${region}.amazonaws.com`];
  const refused = services.filter((service) => !allows(policy, service));
  if (refused.length === 0) return [ok('key', kmsKeyArn)];
  return [
    problem(
      'key',
      `The policy of ${kmsKeyArn} does not allow ${refused.join(', ')} kms:Decrypt and kms:GenerateDataKey: add them as in infra/keys.yml.`,
    ),
  ];
};

/** A bucket of one's own: there, readable, and in the stack's region. */
const recordings: Check = async ({ stage: { parameters, region }, clients: { s3 } }) => {
  const { recordingsBucket: Bucket = '' } = parameters;
  if (Bucket === '') return [ok('recordings', 'the stack makes a bucket')];
  try {
    const { BucketRegion } = await s3.send(new HeadBucketCommand({ Bucket }));
    if (BucketRegion === undefined || BucketRegion === region) return [ok('recordings', Bucket)];
    return [
      problem('recordings', `The bucket ${Bucket} is in ${BucketRegion}, the stack in ${region}: expected one region.`),
    ];
  } catch (error) {
    const status = statusOf(error);
    if (status === 404) return [problem('recordings', `There is no bucket ${Bucket}: is recordingsBucket misspelt?`)];
    if (status === 301) return [problem('recordings', `The bucket ${Bucket} is in another region than ${region}.`)];
    if (status === 403) {
      return [problem('recordings', `The bucket ${Bucket} may not be read by you: is it of another account?`)];
    }
    throw error;
  }
};

/** The engine's access key, where it is one's own secret. */
const secret: Check = async ({ stage: { parameters }, clients: { secrets } }) => {
  const { credentialsSecretArn: SecretId = '' } = parameters;
  if (SecretId === '') {
    return [
      parameters.engine === 'self-hosted'
        ? warning(
            'access key',
            'The stack makes a secret: put the access key of your engine into it after the deployment.',
          )
        : ok('access key', 'the stack makes one'),
    ];
  }
  const { DeletedDate } = await secrets.send(new DescribeSecretCommand({ SecretId }));
  if (DeletedDate === undefined) return [ok('access key', SecretId)];
  return [problem('access key', `The secret ${SecretId} is being deleted: restore it, or name another one.`)];
};

const alarms: Check = async ({ stage: { parameters } }) => [
  parameters.alarmEmail === ''
    ? warning('alarms', 'Nobody is mailed: set alarmEmail, or subscribe to the topic yourself.')
    : ok('alarms', `mailed to ${parameters.alarmEmail}`),
];

/** Parameters whose name in the template is another than in infra/defaults.yml. */
const TEMPLATE_NAMES: Record<string, string> = { recordingsBucket: 'RecordingsBucketName' };
const templateName = (name: string) => TEMPLATE_NAMES[name] ?? name.charAt(0).toUpperCase() + name.slice(1);

/** A stack that is there: whether it can be updated, and what the stage's file would change of it. */
const stack: Check = async ({ stage: { name, parameters }, clients: { cloudFormation } }) => {
  const StackName = `vivavoce-${name}`;
  let found: Stack | undefined;
  try {
    [found] = (await cloudFormation.send(new DescribeStacksCommand({ StackName }))).Stacks ?? [];
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message))
      return [ok('stack', `${StackName} will be created`)];
    throw error;
  }
  const status = found?.StackStatus ?? '';
  if (/^(ROLLBACK_COMPLETE|.*FAILED)$/.test(status)) {
    const way = status.startsWith('UPDATE_ROLLBACK') ? 'continue its rollback' : 'delete it';
    return [problem('stack', `${StackName} is ${status} and can't be updated: ${way} in CloudFormation first.`)];
  }
  if (status.endsWith('IN_PROGRESS')) return [problem('stack', `${StackName} is ${status}: wait for its end.`)];
  const deployed = new Map(
    found?.Parameters?.map(({ ParameterKey, ParameterValue }) => [ParameterKey, ParameterValue]),
  );
  const changes = Object.entries(parameters).flatMap(([parameter, value]) => {
    const before = deployed.get(templateName(parameter));
    return before === undefined || before === value
      ? []
      : [warning('stack', `${parameter} will change from '${before}' to '${value}'.`)];
  });
  return changes.length > 0 ? changes : [ok('stack', `${StackName} is ${status}, no parameter changes`)];
};

export const checks: Record<string, Check> = {
  account,
  engine,
  concurrency,
  key,
  recordings,
  'access key': secret,
  alarms,
  stack,
};

const statusOf = (error: unknown) =>
  z.object({ $metadata: z.object({ httpStatusCode: z.number() }) }).safeParse(error).data?.$metadata.httpStatusCode;

/** All of them. What may not be looked at is a warning that says so; without credentials or a region there is nothing to see. */
export async function preflight(context: Context): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [what, check] of Object.entries(checks)) {
    try {
      findings.push(...(await check(context)));
    } catch (error) {
      // A service that answered, though not what was asked: the credentials may not, or it is not there.
      if (what === 'account' || !(error instanceof Error) || statusOf(error) === undefined) throw error;
      const level = /AccessDenied|NotAuthorized|Unauthorized/i.test(error.name) ? warning : problem;
      findings.push(level(what, `It can't be looked at (${explain(error)}).`));
    }
  }
  return findings;
}
