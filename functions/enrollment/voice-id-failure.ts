import { CredentialsError } from './errors.ts';

/** What a call to Voice ID that failed means for the one who made it. */
export interface VoiceIdFailure {
  /**
   * REFUSED: Voice ID itself says no to what was asked, and will again. UNSIGNED: there are no credentials, or Voice ID does
   * not know them; somebody must see to it. HEALS: everything else. A proxy, a broken line, a service in trouble pass.
   */
  kind: 'REFUSED' | 'UNSIGNED' | 'HEALS';
  /** The error's name. */
  name: string;
  /** Fit to be told: of an answer that is not Voice ID's, none of its text. */
  message: string;
  statusCode?: number;
}

/** The model's names for a request that can't be served as it is. Its other four are of a service that can't just now. */
const REFUSALS = new Set(['ValidationException', 'AccessDeniedException', 'ResourceNotFoundException']);

/** How AWS services name a signature that they don't take; and the SDK, that it has nothing to sign with. */
const UNSIGNED = new Set([
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'IncompleteSignatureException',
  'MissingAuthenticationTokenException',
  'ExpiredTokenException',
  'CredentialsProviderError',
]);

/** Status code of an AWS SDK error; undefined where no answer came. */
function statusOf(error: Error): number | undefined {
  if (!('$metadata' in error) || typeof error.$metadata !== 'object' || error.$metadata === null) return undefined;
  const metadata = error.$metadata;
  return 'httpStatusCode' in metadata && typeof metadata.httpStatusCode === 'number'
    ? metadata.httpStatusCode
    : undefined;
}

/**
 * What became of a call to Voice ID. An error is Voice ID's own if it is one in its protocol: awsJson1_0 names the error in
 * the body, as `__type`. A gateway's or a proxy's 403 names it in a header, if at all.
 */
export function voiceIdFailure(error: unknown): VoiceIdFailure {
  if (!(error instanceof Error)) return { kind: 'HEALS', name: 'Error', message: 'Voice ID could not be called.' };
  const { name } = error;
  const statusCode = statusOf(error);
  const status = statusCode === undefined ? {} : { statusCode };
  if (error instanceof CredentialsError || UNSIGNED.has(name)) {
    return { kind: 'UNSIGNED', name, message: textOf(error), ...status };
  }
  // No answer: the socket's own words, such as connect ECONNREFUSED.
  if (statusCode === undefined) return { kind: 'HEALS', name, message: textOf(error) };
  if (!('__type' in error)) {
    const message = `${name}: the answer, with HTTP status ${statusCode}, is none of Voice ID's.`;
    return { kind: 'HEALS', name, message, statusCode };
  }
  const refused = REFUSALS.has(name) && statusCode >= 400 && statusCode < 500;
  return { kind: refused ? 'REFUSED' : 'HEALS', name, message: textOf(error), statusCode };
}

const textOf = (error: Error) => `${error.name}: ${error.message}`.slice(0, 1000);
