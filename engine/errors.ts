/** The API's error vocabulary: the exceptions of the Voice ID service model, and the protocol's own. */

/** An error that is an answer: `name` is what the clients match, `members` what the model adds to the message. */
export class ApiError extends Error {
  readonly statusCode: number = 400;
  readonly members: Readonly<Record<string, string>> = {};
}

export class ValidationException extends ApiError {
  override readonly name = 'ValidationException';
}

export type ResourceType = 'BATCH_JOB' | 'DOMAIN' | 'FRAUDSTER' | 'SESSION' | 'SPEAKER' | 'WATCHLIST';

export class ResourceNotFoundException extends ApiError {
  override readonly name = 'ResourceNotFoundException';
  override readonly members: { ResourceType: ResourceType };

  constructor(resourceType: ResourceType, message: string) {
    super(message);
    this.members = { ResourceType: resourceType };
  }
}

export type ConflictType = 'CONCURRENT_CHANGES' | 'CANNOT_DELETE_NON_EMPTY_WATCHLIST' | 'DOMAIN_NOT_ACTIVE';

export class ConflictException extends ApiError {
  override readonly name = 'ConflictException';
  override readonly members: Record<string, string>;

  constructor(message: string, conflictType?: ConflictType) {
    super(message);
    this.members = conflictType === undefined ? {} : { ConflictType: conflictType };
  }
}

export class ServiceQuotaExceededException extends ApiError {
  override readonly name = 'ServiceQuotaExceededException';
}

export class ThrottlingException extends ApiError {
  override readonly name = 'ThrottlingException';
}

export class InternalServerException extends ApiError {
  override readonly name = 'InternalServerException';
  override readonly statusCode = 500;
}

/** Malformed JSON, or a value of the wrong JSON type. */
export class SerializationException extends ApiError {
  override readonly name = 'SerializationException';
}

export class UnknownOperationException extends ApiError {
  override readonly name = 'UnknownOperationException';
}

/** Unsigned, presigned, or signed in a way that can't be read. */
export class MissingAuthenticationTokenException extends ApiError {
  override readonly name = 'MissingAuthenticationTokenException';
  override readonly statusCode = 403;
}

/** The signature is not what the request and the secret make. */
export class InvalidSignatureException extends ApiError {
  override readonly name = 'InvalidSignatureException';
  override readonly statusCode = 403;
}

/** No such access key. */
export class UnrecognizedClientException extends ApiError {
  override readonly name = 'UnrecognizedClientException';
  override readonly statusCode = 403;
}

export class RequestEntityTooLargeException extends ApiError {
  override readonly name = 'RequestEntityTooLargeException';
  override readonly statusCode = 413;
}

/** The client was too slow to say what it wants. */
export class RequestTimeoutException extends ApiError {
  override readonly name = 'RequestTimeoutException';
  override readonly statusCode = 408;
}

/** A conditional write found another version than the one that was read. Not an answer: callers read again. */
export class ConcurrentChangeError extends Error {
  override readonly name = 'ConcurrentChangeError';
  /** Of writes made together, the place of the one whose condition did not hold. */
  readonly at: number;

  constructor(message: string, { cause, at }: { cause: unknown; at: number }) {
    super(message, { cause });
    this.at = at;
  }
}

/** The store did not take a write for some seconds. */
export class ThrottledError extends Error {
  override readonly name = 'ThrottledError';
}

/** Settings that are missing or malformed; the message names each. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}
