import { S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import type { Job } from '../store/jobs.ts';
import { ManifestError } from './manifest.ts';
import { outputLocation } from './output-file.ts';

/** What a step is about to touch: objects, as `bucket/key`. */
export interface Reach {
  /** ALL: what the role may read. */
  read?: readonly string[] | 'ALL';
  write?: readonly string[];
}

export interface DataAccessDeps {
  sts: STSClient;
  externalId: string;
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  partition?: string;
}

/** A session policy may hold 2,048 characters. */
const MOST_CHARACTERS = 2048;

/** A key is taken by the letter: `*` or a policy variable in one would let the step read other people's recordings. */
const literal = (path: string) => path.replaceAll(/[*?$]/g, '$${$&}');

/**
 * The session policy: of what the role may, only what `reach` names. Where that is too long to be said, whole buckets;
 * where even these are, all that the role may read.
 */
export function sessionPolicy({ read = [], write = [] }: Reach, partition = 'aws'): string {
  const arn = (path: string) => `arn:${partition}:s3:::${path}`;
  const bucketsOf = (paths: readonly string[]) => [...new Set(paths.map((path) => literal(path.split('/')[0] ?? '')))];
  const policy = (reads: readonly string[], buckets: readonly string[]) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        ...(reads.length > 0 ? [{ Effect: 'Allow', Action: 's3:GetObject', Resource: reads.map(arn) }] : []),
        // Without it S3 answers 403, not 404, to a recording that is not there.
        { Effect: 'Allow', Action: 's3:ListBucket', Resource: buckets.map(arn) },
        ...(write.length > 0
          ? [{ Effect: 'Allow', Action: 's3:PutObject', Resource: write.map(literal).map(arn) }]
          : []),
        // The keys that the role itself names, through S3 alone.
        {
          Effect: 'Allow',
          Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
          Resource: '*',
          Condition: { StringLike: { 'kms:ViaService': 's3.*' } },
        },
      ],
    });
  const everything = policy(['*'], ['*']);
  if (read === 'ALL') return everything;
  const buckets = bucketsOf([...read, ...write]);
  const candidates = [
    policy(read.map(literal), buckets),
    policy(
      bucketsOf(read).map((bucket) => `${bucket}/*`),
      buckets,
    ),
  ];
  return candidates.find((text) => text.length <= MOST_CHARACTERS) ?? everything;
}

/** @throws ManifestError where the role can't be assumed: the job fails and says so. */
async function credentialsOf(job: Job, reach: Reach, deps: DataAccessDeps) {
  try {
    const { Credentials } = await deps.sts.send(
      new AssumeRoleCommand({
        RoleArn: job.dataAccessRoleArn,
        RoleSessionName: `vivavoce-${job.jobId}`,
        ExternalId: deps.externalId,
        DurationSeconds: 3600,
        Policy: sessionPolicy(reach, job.dataAccessRoleArn.split(':')[1]),
      }),
    );
    if (Credentials?.AccessKeyId === undefined || Credentials.SecretAccessKey === undefined) {
      throw new Error('STS gave no credentials.');
    }
    return {
      accessKeyId: Credentials.AccessKeyId,
      secretAccessKey: Credentials.SecretAccessKey,
      ...(Credentials.SessionToken !== undefined && { sessionToken: Credentials.SessionToken }),
      ...(Credentials.Expiration !== undefined && { expiration: Credentials.Expiration }),
    };
  } catch (error) {
    if (!(error instanceof Error && ['AccessDenied', 'AccessDeniedException', 'ValidationError'].includes(error.name)))
      throw error;
    throw new ManifestError(
      `The data-access role ${job.dataAccessRoleArn} can't be assumed: ${error.name}. Its trust policy must allow the engine, with the external id.`,
      { cause: error },
    );
  }
}

/**
 * An S3 client that acts as the job's data-access role, for what `reach` names, for an hour.
 * @throws ManifestError where the role can't be assumed.
 */
export async function assumeDataAccess(job: Job, reach: Reach, deps: DataAccessDeps): Promise<S3Client> {
  return new S3Client({ followRegionRedirects: true, credentials: await credentialsOf(job, reach, deps) });
}

/**
 * The same for a whole job in one process, however long it takes: it may read what the role may, and write the output
 * file alone. A role that can't be assumed fails the first request.
 */
export function actAsDataAccess(job: Job, deps: DataAccessDeps): S3Client {
  const { bucket, key } = outputLocation(job);
  const reach: Reach = { read: 'ALL', write: [`${bucket}/${key}`] };
  // Asked again by the client itself as they expire.
  return new S3Client({ followRegionRedirects: true, credentials: () => credentialsOf(job, reach, deps) });
}
