import { S3Client } from '@aws-sdk/client-s3';

/** Path-style where an endpoint other than AWS's answers: bucket names are no host names there. */
export function s3Client(env: NodeJS.ProcessEnv): S3Client {
  const overridden = env.AWS_ENDPOINT_URL_S3 !== undefined || env.AWS_ENDPOINT_URL !== undefined;
  return new S3Client({ forcePathStyle: overridden });
}
