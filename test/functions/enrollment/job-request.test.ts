import { describe, expect, it } from 'vitest';
import { jobRequest, jobRequestSchema } from '../../../functions/enrollment/job-request.ts';
import { outputLocation } from '../../../functions/enrollment/output-location.ts';
import { settings, upload } from '../data.ts';

const TOKEN = 'tokentokentoken';
const ask = (metadata: Record<string, string> = {}, more: Partial<typeof settings> = {}) =>
  jobRequest(upload(), TOKEN, outputLocation('vivavoce-results', 'calls/june.json', TOKEN), metadata, {
    ...settings,
    ...more,
  });
const watchlist = 'w'.repeat(22);

describe('the job’s request', () => {
  it('has the stack’s defaults', () => {
    expect(ask({}, { OUTPUT_KMS_KEY_ID: 'alias/key', RISK_THRESHOLD: 0 })).toEqual({
      request: {
        ClientToken: TOKEN,
        JobName: 'june-tokentok',
        DomainId: settings.VOICE_ID_DOMAIN_ID,
        DataAccessRoleArn: settings.DATA_ACCESS_ROLE_ARN,
        InputDataConfig: { S3Uri: 's3://vivavoce-results/calls/june/tokentokento/june.json' },
        OutputDataConfig: { S3Uri: 's3://vivavoce-results/calls/june/tokentokento', KmsKeyId: 'alias/key' },
        EnrollmentConfig: { FraudDetectionConfig: { RiskThreshold: 0 } },
      },
    });
  });

  it('has no configuration where none is chosen', () => {
    expect(ask()).not.toHaveProperty('request.EnrollmentConfig');
  });

  it('has the upload’s own choices over the defaults', () => {
    const chosen = ask(
      {
        'domain-id': 'd'.repeat(22),
        'existing-enrollment-action': 'OVERWRITE',
        'fraud-detection-action': 'IGNORE',
        'risk-threshold': '70',
        'watchlist-ids': watchlist,
        'of-no-matter': 'here',
      },
      { EXISTING_ENROLLMENT_ACTION: 'SKIP', RISK_THRESHOLD: 20 },
    );
    expect(chosen).toMatchObject({
      request: {
        DomainId: 'd'.repeat(22),
        EnrollmentConfig: {
          ExistingEnrollmentAction: 'OVERWRITE',
          FraudDetectionConfig: { FraudDetectionAction: 'IGNORE', RiskThreshold: 70, WatchlistIds: [watchlist] },
        },
      },
    });
  });

  it('passes the state machine unchanged', () => {
    const asked = ask({ 'risk-threshold': '70', 'watchlist-ids': watchlist }, { EXISTING_ENROLLMENT_ACTION: 'SKIP' });
    if (!('request' in asked)) throw new Error('No request.');
    expect(jobRequestSchema.parse(JSON.parse(JSON.stringify(asked.request)))).toEqual(
      JSON.parse(JSON.stringify(asked.request)),
    );
  });

  it('is refused with every choice that is wrong', () => {
    const wrong = ask({
      'domain-id': 'short',
      'existing-enrollment-action': 'REPLACE',
      'fraud-detection-action': '',
      'risk-threshold': '101',
      'watchlist-ids': 'one,two',
    });
    if (!('problems' in wrong)) throw new Error('No problems.');
    expect(wrong.problems.map(({ path }) => path)).toEqual([
      'x-amz-meta-domain-id',
      'x-amz-meta-existing-enrollment-action',
      'x-amz-meta-fraud-detection-action',
      'x-amz-meta-risk-threshold',
      'x-amz-meta-watchlist-ids',
    ]);
    expect(wrong.problems[1]).toMatchObject({ found: '"REPLACE"', expected: 'SKIP or OVERWRITE' });
    expect(wrong.problems[4]).toMatchObject({ found: '"one,two"', expected: expect.stringMatching(/^watchlist ids/) });
  });
});
