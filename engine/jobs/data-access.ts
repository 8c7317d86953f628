import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import type { Job } from '../store/jobs.ts';
import { ManifestError } from './manifest.ts';
import { outputLocation } from './output-location.ts';
import { S3_PATIENCE } from './read-object.ts';

/** What a step is about to touch: objects, as `bucket/key`. */
export interface Reach {
  /** ALL: what the role may read. */
  read?: readonly string[] | 'ALL';
  write?: readonly string[];
}

export interface DataAccessDeps {
  sts: STSClient;
  externalId: string;
  /** Where an endpoint other than AWS's answers: bucket names are no host names there. */
  forcePathStyle?: boolean;
}

/** STS's names for a policy that does not fit into the space that it has for it. */
const TOO_LARGE = new Set(['PackedPolicyTooLarge', 'PackedPolicyTooLargeException']);
const REFUSED = new Set(['AccessDenied', 'AccessDeniedException', 'ValidationError']);

/** Who acts as the role, and as which. */
type Accessing = Pick<Job, 'dataAccessRoleArn' | 'jobId'>;

/** A session policy may hold 2,048 characters. */
const MOST_CHARACTERS = 2048;

/** A key is taken by the letter: `*` or a policy variable in one would let the step read other people's recordings. */
const literal = (path: string) => path.replaceAll(/[*?$]/g, '$${$&}');

/**
 * Session policies, the narrowest first: of what the role may, only what `reach` names; whole buckets; all that the role
 * may read. One that is too long to be said is none of them. The last one always is.
 */
export function sessionPolicies({ read = [], write = [] }: Reach, partition = 'aws'): string[] {
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
  if (read === 'ALL') return [everything];
  const buckets = bucketsOf([...read, ...write]);
  const candidates = [
    policy(read.map(literal), buckets),
    policy(
      bucketsOf(read).map((bucket) => `${bucket}/*`),
      buckets,
    ),
  ];
  return [...candidates.filter((text) => text.length <= MOST_CHARACTERS), everything];
}

/**
 * The role's credentials under the narrowest policy that STS takes: it packs them into a form of its own, together with
 * the session's tags, and says only then that one is too large.
 */
async function assumed(job: Accessing, reach: Reach, deps: DataAccessDeps) {
  const policies = sessionPolicies(reach, job.dataAccessRoleArn.split(':')[1]);
  for (const [index, Policy] of policies.entries()) {
    try {
      return await deps.sts.send(
        new AssumeRoleCommand({
          RoleArn: job.dataAccessRoleArn,
          RoleSessionName: `vivavoce-${job.jobId}`,
          ExternalId: deps.externalId,
          DurationSeconds: 3600,
          Policy,
        }),
      );
    } catch (error) {
      const tooLarge = error instanceof Error && TOO_LARGE.has(error.name);
      if (!tooLarge || index === policies.length - 1) throw error;
    }
  }
  throw new Error('There is always a policy.');
}

/** @throws ManifestError where the role can't be assumed: the job fails and says so. */
async function credentialsOf(job: Accessing, reach: Reach, deps: DataAccessDeps) {
  try {
    const { Credentials } = await assumed(job, reach, deps);
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
    if (!(error instanceof Error && REFUSED.has(error.name))) throw error;
    throw new ManifestError(
      `The data-access role ${job.dataAccessRoleArn} can't be assumed: ${error.name}. Its trust policy must allow the engine, with the external id.`,
      { cause: error },
    );
  }
}

/** A client of buckets in any region. */
const s3As = (credentials: S3ClientConfig['credentials'] & {}, { forcePathStyle = false }: DataAccessDeps): S3Client =>
  new S3Client({ followRegionRedirects: true, forcePathStyle, credentials, requestHandler: S3_PATIENCE });

/**
 * An S3 client that acts as the job's data-access role, for what `reach` names, for an hour.
 * @throws ManifestError where the role can't be assumed.
 */
export async function assumeDataAccess(job: Accessing, reach: Reach, deps: DataAccessDeps): Promise<S3Client> {
  return s3As(await credentialsOf(job, reach, deps), deps);
}

/** Jobs whose clients are kept: those that run at one time are few. */
const MOST_CLIENTS = 20;

/**
 * The same for a process that works on a job as long as it takes: one client a job, which may read what the role may,
 * and write the output file alone. A role that can't be assumed fails the first request.
 */
export function dataAccessOf(deps: DataAccessDeps): (job: Job) => S3Client {
  const clients = new Map<string, S3Client>();
  return (job) => {
    const kept = clients.get(job.jobId);
    if (kept !== undefined) return kept;
    const { bucket, key } = outputLocation(job);
    const reach: Reach = { read: 'ALL', write: [`${bucket}/${key}`] };
    // Asked again by the client itself as they expire.
    const client = s3As(() => credentialsOf(job, reach, deps), deps);
    const [oldest] = clients.keys();
    if (clients.size >= MOST_CLIENTS && oldest !== undefined) clients.delete(oldest);
    clients.set(job.jobId, client);
    return client;
  };
}
