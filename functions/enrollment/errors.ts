import type { Problem } from './manifest.ts';

/** The workflow's error vocabulary. `name` is what the state machine and the logs match. */

/** An event that is no S3 object-created event in any of the shapes S3, EventBridge and SQS give it. */
export class UnrecognizedEventError extends Error {
  override readonly name = 'UnrecognizedEventError';
}

/** A setting is missing or malformed; the message names each. Thrown at start-up. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** The object an upload's event told of is not there any more in that very version. */
export class UploadGoneError extends Error {
  override readonly name = 'UploadGoneError';
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(`Found ${problem.found}.`, options);
    this.problem = problem;
  }
}

/** There is nothing to sign a call to Voice ID with. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
}
