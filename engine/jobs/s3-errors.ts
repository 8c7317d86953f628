/**
 * What S3's errors mean, for all that a job reads and writes: inputs, recordings, outputs. There are three kinds.
 *
 * - It may heal: asked again, S3 may do it. Whoever asks counts the tries.
 * - It is final, and the fault of what was named: of the request where that was a recording, of the job where it was its
 *   input or its output folder.
 * - It is none of S3's: a fault of the program. It is thrown on.
 *
 * Codes as in https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and KMS's as S3 passes them on.
 * A code that is not listed here is judged by its status: S3 adds codes, and no job may try one for ever.
 */

/** Final, in words for a customer's file. */
const FINAL = new Map<string, string>([
  ['NoSuchKey', 'no such object'],
  ['NoSuchVersion', 'no such object'],
  ['NotFound', 'no such object'],
  ['MethodNotAllowed', 'an object that was deleted'],
  ['InvalidURI', 'no name of an object'],
  ['KeyTooLongError', 'a key longer than the 1,024 bytes that S3 keeps'],
  ['NoSuchBucket', 'no such bucket'],
  ['InvalidBucketName', 'no name of a bucket'],
  ['AccessDenied', 'access denied'],
  ['AccessDeniedException', 'access denied'],
  ['Forbidden', 'access denied'],
  ['AllAccessDisabled', 'a bucket that S3 has closed to everybody'],
  ['AccountProblem', 'a bucket that S3 has closed to everybody'],
  ['NotSignedUp', 'a bucket that S3 has closed to everybody'],
  ['RequestPaymentRequired', 'a bucket whose requests the requester has to pay'],
  ['InvalidObjectState', 'an archived object, which has to be restored before it can be read'],
  ['PermanentRedirect', 'a bucket of another region'],
  ['AuthorizationHeaderMalformed', 'a bucket of another region'],
  ['IllegalLocationConstraintException', 'a bucket of another region'],
  ['InvalidRequest', 'an object that S3 gives to nobody in this way, as one encrypted with the customer’s own key'],
  ['EntityTooLarge', 'a file larger than S3 takes'],
  ['KMS.NotFoundException', 'no such KMS key'],
  ['KMS.DisabledException', 'a KMS key that is disabled'],
  ['KMS.KMSInvalidStateException', 'a KMS key that is disabled or about to be deleted'],
  ['KMS.InvalidKeyUsageException', 'a KMS key that does not encrypt'],
]);

/** May heal, although the status says that the request is wrong. */
const HEALS = new Set([
  // Of the connection: the bytes did not come as they went.
  'RequestTimeout',
  'IncompleteBody',
  'BadDigest',
  'XAmzContentSHA256Mismatch',
  // Of the moment.
  'OperationAborted',
  // An object that changed between two reads of it.
  'PreconditionFailed',
  'ConditionalRequestConflict',
  'TemporaryRedirect',
  'TooManyRequestsException',
  'RequestTimeTooSkewed',
  'ClockSkew',
  'KMS.ThrottlingException',
  'ThrottlingException',
  'Throttling',
  // Of the credentials, which are asked for anew; they are the operator's, never the customer's.
  'ExpiredToken',
  'ExpiredTokenException',
  'TokenRefreshRequired',
  'InvalidToken',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
]);

/** An answer's HTTP status, where there was an answer. */
function statusOf(error: Error): number | undefined {
  if (!('$metadata' in error) || typeof error.$metadata !== 'object' || error.$metadata === null) return undefined;
  const { $metadata } = error;
  return 'httpStatusCode' in $metadata && typeof $metadata.httpStatusCode === 'number'
    ? $metadata.httpStatusCode
    : undefined;
}

/** A server's code as far as it is fit to be shown. */
const shown = (name: string) => name.replaceAll(/[^\w.-]/g, '').slice(0, 80);

/**
 * What S3 said, where it would say the same again: `no such object (NoSuchKey)`. Undefined where it may heal, and where
 * the error is none of S3's.
 */
export function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name } = error;
  const known = FINAL.get(name);
  if (known !== undefined) return `${known} (${name})`;
  const status = statusOf(error);
  if (HEALS.has(name) || status === undefined || status < 300) return undefined;
  const passes = status === 408 || status === 429 || (status >= 500 && status !== 501);
  return passes ? undefined : `an answer of S3 that does not change: ${shown(name)}, status ${status}`;
}
