import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { machineArn, s3Client, voiceIdClient } from '../../cli/clients.ts';
import { clientOptions } from '../../cli/options.ts';

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

test('on AWS the region is the one that the AWS CLI would use', async () => {
  const home = await mkdtemp(join(tmpdir(), 'vivavoce-profile-'));
  await writeFile(join(home, 'config'), '[profile calls]\nregion = eu-west-3\n');
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION']) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONFIG_FILE', join(home, 'config'));
  vi.stubEnv('AWS_PROFILE', 'calls');
  const region = (given?: string) => s3Client({ 'endpoint-url': 'aws', region: given }).config.region();
  expect(await region()).toBe('eu-west-3');
  vi.stubEnv('AWS_DEFAULT_REGION', 'eu-central-1');
  expect(await region()).toBe('eu-central-1');
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  expect(await region()).toBe('eu-west-1');
  expect(await region('us-west-2')).toBe('us-west-2');
  await rm(home, { recursive: true });
});

test.each(['http://127.0.0.1:4566', 'http://localhost:4566', 'http://[::1]:4566'])(
  '%s has the local key, region and machine, whatever is set for AWS',
  (endpoint) => {
    const env = {
      AWS_ACCESS_KEY_ID: 'AKIAUSUAL',
      AWS_PROFILE: 'calls',
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL: 'https://example.com',
      STATE_MACHINE_ARN: 'arn:of:production',
    };
    expect(clientOptions({ 'endpoint-url': endpoint }, env)).toMatchObject({
      region: 'us-east-1',
      endpoint,
      credentials: { accessKeyId: 'vivavoce', secretAccessKey: 'vivavoce-local' },
    });
    expect(machineArn({ 'endpoint-url': endpoint }, env)).toContain(':stateMachine:vivavoce-enrollment');
  },
);

test('what can’t be meant is said', () => {
  expect(() => clientOptions({ 'endpoint-url': 'example' }, {})).toThrow("Found the endpoint 'example', expected");
  expect(() => clientOptions({ 'endpoint-url': 'aws' }, { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' })).toThrow(
    'unset it',
  );
  expect(() => clientOptions({}, { VIVAVOCE_CREDENTIALS: 'half' })).toThrow('VIVAVOCE_CREDENTIALS is malformed');
  expect(() => machineArn({ 'endpoint-url': 'aws' }, {})).toThrow('STATE_MACHINE_ARN is not set');
});
