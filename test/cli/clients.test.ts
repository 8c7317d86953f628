import { afterEach, expect, test, vi } from 'vitest';
import { s3Client, voiceIdClient } from '../../cli/clients.ts';

afterEach(() => vi.unstubAllEnvs());

test('on AWS the engine’s own access key signs for the engine, the usual credentials for everything else', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAUSUAL');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'usual-secret');
  vi.stubEnv('VIVAVOCE_CREDENTIALS', 'engine-key:engine-secret');
  const values = { 'endpoint-url': 'aws', region: 'eu-central-1' };
  expect(await voiceIdClient(values).config.credentials()).toMatchObject({ accessKeyId: 'engine-key' });
  expect(await s3Client(values).config.credentials()).toMatchObject({ accessKeyId: 'AKIAUSUAL' });
  vi.stubEnv('VIVAVOCE_CREDENTIALS', '');
  expect(await voiceIdClient(values).config.credentials()).toMatchObject({ accessKeyId: 'AKIAUSUAL' });
});
