/** The one account that the local cloud has; the names are the contract's. */
export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';
export const ACCESS_KEY = { accessKeyId: 'vivavoce', secretAccessKey: 'vivavoce-local' };

export const MANIFESTS = 'vivavoce-manifests';
export const RECORDINGS = 'vivavoce-recordings';
export const RESULTS = 'vivavoce-results';
export const BUS = 'vivavoce';
export const STATE_MACHINE = 'vivavoce-enrollment';
export const DOMAIN = 'vivavoce';
/** The engine's, of the local DynamoDB. */
export const TABLE = 'vivavoce';
export const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/vivavoce-data-access`;
export const TRIGGER_QUEUE = 'vivavoce-manifests';
export const DEAD_LETTER_QUEUE = 'vivavoce-manifests-dead-letter';

export const arn = (service: string, resource: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
export const stateMachineArn = arn('states', `stateMachine:${STATE_MACHINE}`);
export const queueArn = (name: string): string => arn('sqs', name);

/**
 * Settings for an SDK client of the local cloud at `endpoint`. All are given that the environment would else decide: with
 * `AWS_USE_FIPS_ENDPOINT` set for AWS, a client refuses any endpoint of ours.
 */
export const clientOf = (endpoint: string, credentials: { accessKeyId: string; secretAccessKey: string }) => ({
  region: REGION,
  endpoint,
  credentials,
  useFipsEndpoint: false,
  useDualstackEndpoint: false,
});
