import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { assumeDataAccess, dataAccessOf, type Reach, sessionPolicies } from '../../../engine/jobs/data-access.ts';
import type { Job } from '../../../engine/store/jobs.ts';
import { type Asked, type Aws, environment, startAws } from './aws.ts';

const ROLE = 'arn:aws:iam::123456789012:role/vivavoce-dev-us-east-1-data-access';
const job: Job = {
  kind: 'ENROLLMENT',
  domainId: 'd',
  jobId: 'aB3aB3aB3aB3aB3aB3aB3a',
  jobName: undefined,
  status: 'IN_PROGRESS',
  dataAccessRoleArn: ROLE,
  inputS3Uri: 's3://manifests/m.json',
  outputS3Uri: 's3://results/out',
  outputKmsKeyId: undefined,
  config: undefined,
  watchlistIds: [],
  percentComplete: 0,
  createdAt: 0,
};

/** When the credentials that STS gives expire. */
let expiration = '2099-01-01T00:00:00Z';
/** The error that STS gives; none: it gives credentials. */
let refusal: { status: number; code: string } | undefined;
/** Policies that STS can't pack, from now on. */
let packs = 0;
let aws: Aws;

function answer({ service }: Asked) {
  if (service === 's3') return { body: 'the recording' };
  if (packs > 0) {
    packs--;
    const body = '<ErrorResponse><Error><Code>PackedPolicyTooLarge</Code><Message>no</Message></Error></ErrorResponse>';
    return { status: 400, body };
  }
  if (refusal !== undefined) {
    const { status, code } = refusal;
    return { status, body: `<ErrorResponse><Error><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>` };
  }
  return {
    body: `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
      <AccessKeyId>ASIAJOB</AccessKeyId><SecretAccessKey>job-secret</SecretAccessKey><SessionToken>job-token</SessionToken>
      <Expiration>${expiration}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
  };
}

beforeAll(async () => {
  aws = await startAws(answer);
  for (const [name, value] of Object.entries(environment(aws.origin))) vi.stubEnv(name, value);
});
afterAll(async () => {
  await aws.stop();
  vi.unstubAllEnvs();
});
beforeEach(() => {
  refusal = undefined;
  aws.asked.length = 0;
});

const assume = (reach: Reach) => assumeDataAccess(job, reach, { sts: new STSClient({}), externalId: '123456789012' });

const narrowest = (...args: Parameters<typeof sessionPolicies>) => sessionPolicies(...args)[0] ?? '';

/** What STS was asked for. */
function assumed(): { signer: string; policy: unknown; rest: object } {
  const asked = aws.asked.find(({ action }) => action === 'AssumeRole');
  const { Policy, Action: _, Version: __, ...rest } = Object.fromEntries(new URLSearchParams(asked?.body));
  const signer = /Credential=([^/]+)\//.exec(String(asked?.headers.authorization))?.[1] ?? '';
  return { signer, policy: JSON.parse(Policy ?? ''), rest };
}

test('a step acts as the job’s role, with the external id, for an hour, and may touch its own recordings alone', async () => {
  const s3 = await assume({ read: ['calls/2026/a.wav', 'calls/2026/b.wav', 'archive/c.wav'] });
  const { signer, policy, rest } = assumed();
  expect(signer).toBe('function');
  expect(rest).toEqual({
    RoleArn: ROLE,
    RoleSessionName: `vivavoce-${job.jobId}`,
    ExternalId: '123456789012',
    DurationSeconds: '3600',
  });
  expect(policy).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: ['calls/2026/a.wav', 'calls/2026/b.wav', 'archive/c.wav'].map((path) => `arn:aws:s3:::${path}`),
      },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: ['arn:aws:s3:::calls', 'arn:aws:s3:::archive'] },
      {
        Effect: 'Allow',
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: '*',
        Condition: { StringLike: { 'kms:ViaService': 's3.*' } },
      },
    ],
  });

  // What it reads then, it reads as that role.
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'calls', Key: '2026/a.wav' }));
  expect(await Body?.transformToString()).toBe('the recording');
  const read = aws.asked.at(-1);
  expect(read).toMatchObject({ service: 's3', path: expect.stringMatching(/^\/calls\/2026\/a\.wav/) });
  expect(read?.headers.authorization).toContain('Credential=ASIAJOB/');
  expect(read?.headers['x-amz-security-token']).toBe('job-token');
});

test('the last step may write the output file alone', async () => {
  await assume({ write: ['results/out/job/m.json.out'] });
  expect(assumed().policy).toMatchObject({
    Statement: [
      { Action: 's3:ListBucket', Resource: ['arn:aws:s3:::results'] },
      { Action: 's3:PutObject', Resource: ['arn:aws:s3:::results/out/job/m.json.out'] },
      { Action: ['kms:Decrypt', 'kms:GenerateDataKey'] },
    ],
  });
});

test('a list too long for a session policy becomes whole buckets, and one too long even so what the role may read', () => {
  const resources = (policy: string): string[] =>
    JSON.parse(policy).Statement.find(({ Action }: { Action: unknown }) => Action === 's3:GetObject').Resource;
  const many = Array.from({ length: 50 }, (_, i) => `calls/${'x'.repeat(40)}/${i}.wav`);
  const whole = narrowest({ read: many, write: ['results/out'] });
  expect(resources(whole)).toEqual(['arn:aws:s3:::calls/*']);
  expect(whole.length).toBeLessThanOrEqual(2048);
  const buckets = Array.from({ length: 50 }, (_, i) => `bucket-${i}-${'x'.repeat(40)}/a.wav`);
  const all = narrowest({ read: buckets });
  expect(resources(all)).toEqual(['arn:aws:s3:::*']);
  expect(all.length).toBeLessThanOrEqual(2048);
  expect(resources(narrowest({ read: ['a/b'] }, 'aws-us-gov'))).toEqual(['arn:aws-us-gov:s3:::a/b']);
});

test('a recording’s name can’t widen the policy', () => {
  const variable = (name: string) => `$\{${name}}`;
  const policy = narrowest({ read: ['calls/*', 'calls/a?.wav', `calls/${variable('aws:username')}.wav`] });
  expect(JSON.parse(policy).Statement[0].Resource).toEqual([
    `arn:aws:s3:::calls/${variable('*')}`,
    `arn:aws:s3:::calls/a${variable('?')}.wav`,
    `arn:aws:s3:::calls/${variable('$')}{aws:username}.wav`,
  ]);
});

test('a role that can’t be assumed fails the job and says why', async () => {
  refusal = { status: 403, code: 'AccessDenied' };
  await expect(assume({ read: ['calls/a.wav'] })).rejects.toMatchObject({
    name: 'ManifestError',
    message: expect.stringContaining(`${ROLE} can't be assumed: AccessDenied`),
  });
});

test('a policy that STS can not pack is replaced by a broader one', async () => {
  const reach = { read: ['calls/a.wav', 'calls/b.wav'] };
  packs = 1;
  await assume(reach);
  const policies = aws.asked.map(({ body }) => new URLSearchParams(body).get('Policy') ?? '');
  expect(policies).toEqual(sessionPolicies(reach).slice(0, 2));
  expect(policies[1]).toContain('arn:aws:s3:::calls/*');
  packs = 3;
  await expect(assume(reach)).rejects.toMatchObject({ name: expect.stringMatching('PackedPolicyTooLarge') });
});

test('an STS that is ill is tried again by the state machine', async () => {
  refusal = { status: 503, code: 'ServiceUnavailable' };
  await expect(assume({ read: ['calls/a.wav'] })).rejects.toMatchObject({ name: 'ServiceUnavailable' });
});

test('a job in one process acts as its role for as long as it takes, and may write its output file alone', async () => {
  const deps = { sts: new STSClient({}), externalId: '123456789012' };
  const read = (s3: S3Client) => s3.send(new GetObjectCommand({ Bucket: 'calls', Key: 'a.wav' }));
  const s3 = dataAccessOf(deps)(job);
  expect(aws.asked).toEqual([]);
  await read(s3);
  await read(s3);
  expect(aws.asked.map(({ service }) => service)).toEqual(['sts', 's3', 's3']);
  expect(assumed()).toMatchObject({
    rest: { RoleArn: ROLE, ExternalId: '123456789012' },
    policy: {
      Statement: [
        { Action: 's3:GetObject', Resource: ['arn:aws:s3:::*'] },
        { Action: 's3:ListBucket' },
        { Action: 's3:PutObject', Resource: [`arn:aws:s3:::results/out/${job.jobId}/m.json.out`] },
        { Action: ['kms:Decrypt', 'kms:GenerateDataKey'] },
      ],
    },
  });

  // About to expire: new ones are asked for before the next read.
  expiration = new Date(Date.now() + 60_000).toISOString();
  const expiring = dataAccessOf(deps)(job);
  await read(expiring);
  aws.asked.length = 0;
  await read(expiring);
  expect(aws.asked[0]?.service).toBe('sts');

  refusal = { status: 403, code: 'AccessDenied' };
  await expect(read(dataAccessOf(deps)(job))).rejects.toMatchObject({ name: 'ManifestError' });
});
