import { once } from 'node:events';
import { connect } from 'node:net';
import {
  CreateDomainCommand,
  DescribeDomainCommand,
  DescribeSpeakerEnrollmentJobCommand,
  ListDomainsCommand,
  StartSpeakerEnrollmentJobCommand,
} from '@aws-sdk/client-voice-id';
import { Hash } from '@smithy/hash-node';
import { SignatureV4 } from '@smithy/signature-v4';
import { expect, test } from 'vitest';
import { ACCESS_KEY, ROLE } from './harness.ts';
import type { Asked } from './lambda/aws.ts';
import { startEngineProcess } from './process.ts';

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
  const engine = await startEngineProcess(answer, { VIVAVOCE_EXTERNAL_ID: 'external' });
  try {
    const { client, aws } = engine;
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
    await engine.stop('SIGINT');
  }
});

/** A request signed as clients sign, as bytes on the wire: its head, and its body. */
async function onTheWire(port: number, operation: string, body: string): Promise<[string, string]> {
  const signer = new SignatureV4({
    service: 'voiceid',
    region: 'us-east-1',
    credentials: ACCESS_KEY,
    sha256: Hash.bind(null, 'sha256'),
  });
  const headers = {
    host: `127.0.0.1:${port}`,
    'content-length': String(body.length),
    'x-amz-target': `VoiceID.${operation}`,
  };
  const signed = await signer.sign({ method: 'POST', protocol: 'http:', hostname: '', path: '/', headers, body });
  const lines = Object.entries(signed.headers).map(([name, value]) => `${name}: ${value}`);
  return [`POST / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`, body];
}

test('at SIGTERM the engine says that it takes no more work, and answers what is under way and what still comes', async () => {
  const engine = await startEngineProcess(answer);
  try {
    const ready = async () => (await fetch(`${engine.origin}/_ready`)).status;
    expect(await ready()).toBe(200);
    const [head, body] = await onTheWire(engine.port, 'ListDomains', '{"MaxResults":1}');
    const socket = connect(engine.port, '127.0.0.1');
    socket.write(head + body.slice(0, 5));
    await once(socket, 'connect');
    // Asked over another connection, it is answered after the half of a request above has come.
    await engine.client.send(new ListDomainsCommand({}));

    engine.kill('SIGTERM');
    while ((await ready()) !== 503) await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await fetch(`${engine.origin}/_health`)).status).toBe(200);
    expect((await engine.client.send(new ListDomainsCommand({}))).DomainSummaries).toEqual([]);
    socket.write(body.slice(5));
    const [answered] = await once(socket, 'data');
    expect(String(answered)).toMatch(/^HTTP\/1.1 200 OK/);
    expect(await engine.exited).toBe(0);
  } finally {
    await engine.stop('SIGKILL');
  }
});

test('a connection to DynamoDB on which nothing comes any more is given up, and the call is answered', async () => {
  const engine = await startEngineProcess(answer);
  try {
    engine.aws.swallow('GetItem');
    const unknown = engine.client.send(new DescribeDomainCommand({ DomainId: 'x'.repeat(22) }));
    await expect(unknown).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  } finally {
    await engine.stop('SIGKILL');
  }
});
