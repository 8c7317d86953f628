import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import {
  CreateDomainCommand,
  DescribeSpeakerEnrollmentJobCommand,
  StartSpeakerEnrollmentJobCommand,
  VoiceIDClient,
} from '@aws-sdk/client-voice-id';
import { afterEach, expect, test } from 'vitest';
import { ACCESS_KEY, ROLE } from './harness.ts';
import { type Asked, type Aws, ENCRYPTION_KEY, startAws } from './lambda/aws.ts';

let aws: Aws;
afterEach(() => aws.stop());

function answer({ service }: Asked) {
  if (service === 'sts') {
    return {
      body: `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
        <AccessKeyId>ASIAJOB</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
        <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
    };
  }
  return { status: 404, body: '<Error><Code>NoSuchKey</Code><Message>none</Message></Error>' };
}

test('the engine by itself serves the API, and reads a job’s input as the role that the request names', async () => {
  aws = await startAws(answer);
  const process_ = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', 'engine/main.ts', '--port', '0', '--host', '127.0.0.1'],
    {
      env: {
        PATH: process.env.PATH,
        AWS_REGION: 'us-east-1',
        AWS_ENDPOINT_URL: aws.origin,
        AWS_ACCESS_KEY_ID: 'container',
        AWS_SECRET_ACCESS_KEY: 'container-secret',
        VIVAVOCE_CREDENTIALS: `${ACCESS_KEY.accessKeyId}:${ACCESS_KEY.secretAccessKey}`,
        VIVAVOCE_ENCRYPTION_KEY: ENCRYPTION_KEY,
        VIVAVOCE_EXTERNAL_ID: 'external',
        VIVAVOCE_WORKERS: '1',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const exited = once(process_, 'exit');
  try {
    let port = 0;
    for await (const line of createInterface(process_.stdout)) {
      const { message, port: served } = JSON.parse(line);
      if (message !== 'Serving') continue;
      port = served;
      break;
    }
    process_.stdout.resume();
    const client = new VoiceIDClient({
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${port}`,
      credentials: ACCESS_KEY,
    });
    const { Domain } = await client.send(
      new CreateDomainCommand({ Name: 'd', ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/d' } }),
    );
    const DomainId = Domain?.DomainId;
    const { Job } = await client.send(
      new StartSpeakerEnrollmentJobCommand({
        DomainId,
        DataAccessRoleArn: ROLE,
        InputDataConfig: { S3Uri: 's3://manifests/m.json' },
        OutputDataConfig: { S3Uri: 's3://results/out' },
      }),
    );
    const describe = new DescribeSpeakerEnrollmentJobCommand({ DomainId, JobId: Job?.JobId });
    let job = Job;
    while (job?.JobStatus !== 'FAILED') {
      await new Promise((resolve) => setTimeout(resolve, 50));
      ({ Job: job } = await client.send(describe));
    }
    expect(job.FailureDetails?.Message).toContain('s3://manifests/m.json');
    const [assumed, read] = aws.asked;
    expect(assumed).toMatchObject({ service: 'sts', action: 'AssumeRole' });
    expect(new URLSearchParams(assumed?.body).get('RoleArn')).toBe(ROLE);
    expect(new URLSearchParams(assumed?.body).get('ExternalId')).toBe('external');
    expect(read).toMatchObject({ service: 's3', method: 'GET', path: expect.stringContaining('/manifests/m.json') });
    expect(read?.headers.authorization).toContain('Credential=ASIAJOB/');
  } finally {
    process_.kill('SIGTERM');
    await exited;
  }
});
