import { readSettings, schemas } from '../functions/enrollment/settings.ts';
import * as account from './account.ts';

/** Names of the contract's settings that the environment may override. */
const SETTINGS = [
  'OUTPUT_KMS_KEY_ID',
  'EXISTING_ENROLLMENT_ACTION',
  'FRAUD_DETECTION_ACTION',
  'RISK_THRESHOLD',
  'WATCHLIST_IDS',
  'POLL_MIN_SECONDS',
  'POLL_MAX_SECONDS',
  'JOB_RETRY_SECONDS',
  'JOB_DEADLINE_SECONDS',
  'JOB_QUEUE_DEADLINE_SECONDS',
  'VOICE_ID_DOMAIN_ID',
  'DATA_ACCESS_ROLE_ARN',
  'RESULTS_BUCKET',
  'STATE_MACHINE_ARN',
  'EVENT_BUS_NAME',
  'AWS_ENDPOINT_URL_VOICE_ID',
  'CALL_IDLE_SECONDS',
  'POWERTOOLS_LOG_LEVEL',
];

/**
 * The environment of the functions, whole.
 * @throws SettingsError where one that was given is malformed: at the start, not at the first upload.
 */
export function functionsEnv(
  { origin, domainId, accessKey }: { origin: string; domainId: string; accessKey: typeof account.ACCESS_KEY },
  env: NodeJS.ProcessEnv,
): Record<string, string> {
  const given = SETTINGS.flatMap((name) => {
    const value = env[name];
    return value === undefined || value === '' ? [] : [[name, value]];
  });
  const all = {
    AWS_REGION: account.REGION,
    AWS_ENDPOINT_URL: origin,
    AWS_ACCESS_KEY_ID: accessKey.accessKeyId,
    AWS_SECRET_ACCESS_KEY: accessKey.secretAccessKey,
    VOICE_ID_DOMAIN_ID: domainId,
    DATA_ACCESS_ROLE_ARN: account.ROLE_ARN,
    RESULTS_BUCKET: account.RESULTS,
    RECORDINGS_BUCKET: account.RECORDINGS,
    MANIFESTS_BUCKET: account.MANIFESTS,
    STATE_MACHINE_ARN: account.stateMachineArn,
    EVENT_BUS_NAME: account.BUS,
    POLL_MIN_SECONDS: '1',
    JOB_RETRY_SECONDS: '1',
    CALL_IDLE_SECONDS: '3',
    POWERTOOLS_TRACE_ENABLED: 'false',
    POWERTOOLS_METRICS_DISABLED: 'true',
    ...Object.fromEntries(given),
  };
  for (const schema of Object.values(schemas)) readSettings(schema, all);
  return all;
}
