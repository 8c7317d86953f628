import { S3Client } from '@aws-sdk/client-s3';
import { ListDomainsCommand, VoiceIDClient } from '@aws-sdk/client-voice-id';
import { afterEach, expect, test, vi } from 'vitest';
import { CommandError } from '../../clients/errors.ts';
import { explain } from '../../clients/explain.ts';
import { clientOf } from '../../local/account.ts';

afterEach(() => vi.unstubAllEnvs());

const failed = (action: Promise<unknown>) => action.then(() => 'succeeded', explain);
const client = (endpoint: string) =>
  new VoiceIDClient({ ...clientOf(endpoint, { accessKeyId: 'a', secretAccessKey: 'b' }), maxAttempts: 1 });

test('whatever goes wrong is one sentence', async () => {
  expect(explain(new CommandError('What to do.'))).toBe('What to do.');
  expect(await failed(client('http://127.0.0.1:9').send(new ListDomainsCommand({})))).toMatch(
    /^Nothing answers .*npm start/,
  );
  expect(await failed(client('http://no-such-host.invalid').send(new ListDomainsCommand({})))).toMatch(
    /is not known.*misspelt/,
  );
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE']) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent');
  expect(await failed(new S3Client({}).config.region())).toMatch(/^No region is set: give --region/);
  expect(
    explain(
      Object.assign(new Error('Could not load credentials\nfrom any providers'), { name: 'CredentialsProviderError' }),
    ),
  ).toBe(
    'No AWS credentials were found (Could not load credentials from any providers): log in, or set AWS_PROFILE or an access key.',
  );
  expect(explain(new TypeError('x is not a function'))).toMatch(/^TypeError: x is not a function .*VIVAVOCE_TRACE=1/);
  for (const error of [new Error('two\nlines'), 'text']) expect(explain(error)).not.toContain('\n');
});
