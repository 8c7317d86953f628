import type { Execution } from '../../functions/enrollment/execution.ts';
import type { Manifest } from '../../functions/enrollment/manifest.ts';
import { readSettings, schemas } from '../../functions/enrollment/settings.ts';
import type { Upload } from '../../functions/enrollment/upload.ts';

export const DOMAIN = 'dOmain0000000000000001';
export const STATE_MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:vivavoce-enrollment';
export const ENVIRONMENT = {
  VOICE_ID_DOMAIN_ID: DOMAIN,
  DATA_ACCESS_ROLE_ARN: 'arn:aws:iam::123456789012:role/data-access',
  RESULTS_BUCKET: 'vivavoce-results',
  STATE_MACHINE_ARN: STATE_MACHINE,
};
export const settings = readSettings(schemas.startEnrollment, ENVIRONMENT);

export const request = (index: number, more: object = {}) => ({
  RequestId: `request-${index}`,
  SpeakerId: `speaker-${String(index).padStart(5, '0')}`,
  AudioSpecifications: [{ S3Uri: `s3://vivavoce-recordings/calls/${index}.wav`, ChannelId: 0 }],
  ...more,
});

export const manifest = (count = 2): Manifest => ({
  Version: '1.0',
  SpeakerEnrollmentRequests: Array.from({ length: count }, (_, index) => request(index)),
});

export const upload = (more: Partial<Upload> = {}): Upload => ({
  bucket: 'vivavoce-manifests',
  key: 'calls/june.json',
  version: 'v1',
  versionId: 'v1',
  ...more,
});

/** What start-enrollment hands over, of an upload whose job was started. */
export const execution = (more: Partial<Execution> = {}): Execution => ({
  uploadId: 'u'.repeat(43),
  domainId: DOMAIN,
  manifest: { bucket: 'vivavoce-manifests', key: 'calls/june.json', versionId: 'v1' },
  output: { bucket: 'vivavoce-results', folder: 'calls/june/uuuuuuuuuuuu', fileName: 'june.json' },
  requested: 2,
  job: { jobId: 'job0000000000000000001', createdAt: '2026-06-01T00:00:00.000Z' },
  ...more,
});
