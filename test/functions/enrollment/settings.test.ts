import { describe, expect, it } from 'vitest';
import { SettingsError } from '../../../functions/enrollment/errors.ts';
import { readSettings, schemas } from '../../../functions/enrollment/settings.ts';
import { ENVIRONMENT } from '../data.ts';

const read = (schema: keyof typeof schemas, env: Record<string, string | undefined>) =>
  readSettings(schemas[schema], env);

describe('settings', () => {
  it('have the documented defaults', () => {
    expect(read('pollEnrollment', {})).toEqual({
      POLL_MIN_SECONDS: 5,
      POLL_MAX_SECONDS: 300,
      JOB_DEADLINE_SECONDS: 86_400,
      JOB_QUEUE_DEADLINE_SECONDS: 604_800,
    });
    expect(read('startJob', {})).toEqual({ JOB_RETRY_SECONDS: 30, JOB_QUEUE_DEADLINE_SECONDS: 604_800 });
  });

  it('are read, those that are empty as if they were not there', () => {
    const given = { ...ENVIRONMENT, RISK_THRESHOLD: '0', WATCHLIST_IDS: `${'a'.repeat(22)}, ${'b'.repeat(22)}` };
    expect(read('startEnrollment', { ...given, OUTPUT_KMS_KEY_ID: '', FRAUD_DETECTION_ACTION: '' })).toEqual({
      ...ENVIRONMENT,
      RISK_THRESHOLD: 0,
      WATCHLIST_IDS: ['a'.repeat(22), 'b'.repeat(22)],
    });
  });

  it.each<[keyof typeof schemas, string, string | undefined]>([
    ['startEnrollment', 'VOICE_ID_DOMAIN_ID', undefined],
    ['startEnrollment', 'VOICE_ID_DOMAIN_ID', 'short'],
    ['startEnrollment', 'DATA_ACCESS_ROLE_ARN', ''],
    ['startEnrollment', 'DATA_ACCESS_ROLE_ARN', 'arn:aws:iam::123456789012:user/somebody'],
    ['startEnrollment', 'RESULTS_BUCKET', 'Results'],
    ['startEnrollment', 'STATE_MACHINE_ARN', 'vivavoce-enrollment'],
    ['startEnrollment', 'EXISTING_ENROLLMENT_ACTION', 'skip'],
    ['startEnrollment', 'FRAUD_DETECTION_ACTION', 'WARN'],
    ['startEnrollment', 'RISK_THRESHOLD', '101'],
    ['startEnrollment', 'RISK_THRESHOLD', '5.5'],
    ['startEnrollment', 'WATCHLIST_IDS', 'one,two'],
    ['startEnrollment', 'AWS_ENDPOINT_URL_VOICE_ID', 'engine.example.com'],
    ['startJob', 'JOB_RETRY_SECONDS', '0'],
    ['startJob', 'JOB_RETRY_SECONDS', '-1'],
    ['pollEnrollment', 'POLL_MIN_SECONDS', '1.5'],
    ['pollEnrollment', 'POLL_MAX_SECONDS', '4'],
    ['pollEnrollment', 'JOB_DEADLINE_SECONDS', 'a day'],
    ['pollEnrollment', 'JOB_QUEUE_DEADLINE_SECONDS', '0'],
    ['summarizeEnrollment', 'STATE_MACHINE_ARN', undefined],
  ])('%s names %s when it is %j', (schema, name, value) => {
    const env: Record<string, string | undefined> = { ...ENVIRONMENT, [name]: value };
    expect(() => read(schema, env)).toThrow(SettingsError);
    expect(() => read(schema, env)).toThrow(new RegExp(`${name} is (missing|malformed: expected)`));
  });

  it('name every one that is wrong at once', () => {
    expect(() => read('startEnrollment', { RESULTS_BUCKET: 'X' })).toThrow(
      /VOICE_ID_DOMAIN_ID is missing; .*DATA_ACCESS_ROLE_ARN is missing; .*RESULTS_BUCKET is malformed/,
    );
  });
});
