import {
  CreateDomainCommand,
  ListDomainsCommand,
  ListSpeakerEnrollmentJobsCommand,
  VoiceIDClient,
} from '@aws-sdk/client-voice-id';
import { Hash } from '@smithy/hash-node';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCESS_KEY, ROLE, startTestEngine, type TestEngine } from '../harness.ts';

let engine: TestEngine;
let DomainId: string;

beforeAll(async () => {
  engine = await startTestEngine();
  const encryption = { ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/test' } };
  const { Domain } = await engine.client.send(new CreateDomainCommand({ Name: 'wire', ...encryption }));
  DomainId = Domain?.DomainId ?? '';
});

afterAll(() => engine.stop());

interface Tampering {
  service?: string;
  region?: string;
  credentials?: typeof ACCESS_KEY;
  signingDate?: Date;
  /** Changes what is sent after it was signed. */
  alter?: (signed: { headers: Record<string, string>; body: string }) => void;
  presign?: boolean;
  path?: string;
  /** As boto3 signs: the hash of the body is in the signature alone. */
  withoutHash?: boolean;
}

/** A request signed as clients sign, then tampered with; its answer. */
async function send(operation: string, body: string, tampering: Tampering = {}) {
  const { host, hostname, port } = new URL(engine.origin);
  const {
    service = 'voiceid',
    region = 'us-east-1',
    credentials = ACCESS_KEY,
    signingDate,
    presign,
    alter,
    path = '/',
    withoutHash = false,
  } = tampering;
  const signer = new SignatureV4({
    service,
    region,
    credentials,
    sha256: Hash.bind(null, 'sha256'),
    applyChecksum: !withoutHash,
  });
  const headers = { host, 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `VoiceID.${operation}` };
  const request = {
    method: 'POST',
    protocol: 'http:',
    hostname,
    port: Number(port),
    path,
    query: {},
    headers,
    body,
  };
  const options = signingDate === undefined ? {} : { signingDate };
  const signed = presign ? await signer.presign(request, options) : await signer.sign(request, options);
  const sent = { headers: { ...signed.headers }, body };
  alter?.(sent);
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(signed.query ?? {})) query.set(name, String(value));
  const response = await fetch(`${engine.origin}${path}?${query}`.replace(/\?$/, ''), { method: 'POST', ...sent });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as { __type?: string; Message?: string },
  };
}

describe('signatures', () => {
  it('are taken with the body’s hash beforehand, and without', async () => {
    const { body } = await send('ListDomains', '{"MaxResults":1}', { withoutHash: true });
    expect(body).toHaveProperty('DomainSummaries');
    const alter: Tampering['alter'] = (sent) => {
      sent.body = '{"MaxResults":2}';
    };
    expect((await send('ListDomains', '{"MaxResults":1}', { withoutHash: true, alter })).status).toBe(403);
  });

  it('of any of the keys are taken', async () => {
    const credentials = { accessKeyId: 'other-key', secretAccessKey: 'other-secret' };
    expect((await send('ListDomains', '{}', { credentials })).status).toBe(200);
  });

  it.each<[string, Tampering, string]>([
    ['none', { alter: ({ headers }) => delete headers.authorization }, 'MissingAuthenticationTokenException'],
    ['a presigned URL', { presign: true }, 'MissingAuthenticationTokenException'],
    [
      'one with the algorithm none',
      {
        alter: ({ headers }) => {
          headers.authorization = (headers.authorization ?? '').replace('AWS4-HMAC-SHA256', 'none');
        },
      },
      'MissingAuthenticationTokenException',
    ],
    [
      'one of an unknown key',
      { credentials: { ...ACCESS_KEY, accessKeyId: 'stranger' } },
      'UnrecognizedClientException',
    ],
    [
      'one with a wrong secret',
      { credentials: { ...ACCESS_KEY, secretAccessKey: 'guess' } },
      'InvalidSignatureException',
    ],
    ['one for another service', { service: 's3' }, 'InvalidSignatureException'],
    ['one for another region', { region: 'eu-west-1' }, 'InvalidSignatureException'],
    ['one of six minutes ago', { signingDate: new Date(Date.now() - 6 * 60_000) }, 'InvalidSignatureException'],
    ['one of six minutes from now', { signingDate: new Date(Date.now() + 6 * 60_000) }, 'InvalidSignatureException'],
    [
      'one whose body was altered',
      {
        alter: (sent) => {
          sent.body = '{"MaxResults":1}';
        },
      },
      'InvalidSignatureException',
    ],
    [
      'one of a path that is not percent-encoded right',
      { path: '/_sessions/%zz/%zz/audio' },
      'InvalidSignatureException',
    ],
    [
      'one that says beforehand what its body is, and says another',
      {
        alter: ({ headers }) => {
          headers['x-amz-content-sha256'] = '0'.repeat(64);
        },
      },
      'InvalidSignatureException',
    ],
    [
      'one that says no hash where it should',
      {
        alter: ({ headers }) => {
          headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
        },
      },
      'InvalidSignatureException',
    ],
    [
      'one whose operation was altered',
      {
        alter: ({ headers }) => {
          headers['x-amz-target'] = 'VoiceID.DeleteDomain';
        },
      },
      'InvalidSignatureException',
    ],
    [
      'one whose date was altered',
      {
        alter: ({ headers }) => {
          // Another second, whichever it was signed in.
          headers['x-amz-date'] = (headers['x-amz-date'] ?? '').replace(/\dZ$/, (end) => (end === '0Z' ? '1Z' : '0Z'));
        },
      },
      'InvalidSignatureException',
    ],
    [
      'one that leaves the operation out',
      {
        alter: ({ headers }) => {
          headers.authorization = (headers.authorization ?? '').replace(';x-amz-target', '');
        },
      },
      'InvalidSignatureException',
    ],
  ])('refuse %s', async (_what, tampering, type) => {
    const answer = await send('ListDomains', '{}', tampering);
    expect(answer.status).toBe(403);
    expect(answer.body.__type).toBe(type);
    expect(answer.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('of the official client with a wrong secret are refused', async () => {
    const client = new VoiceIDClient({
      region: 'us-east-1',
      endpoint: engine.origin,
      credentials: { ...ACCESS_KEY, secretAccessKey: 'guess' },
    });
    await expect(client.send(new ListDomainsCommand({}))).rejects.toMatchObject({ name: 'InvalidSignatureException' });
  });
});

describe('requests', () => {
  it.each([
    ['{', 'SerializationException'],
    ['[]', 'SerializationException'],
    ['"text"', 'SerializationException'],
    ['{"MaxResults":"1"}', 'SerializationException'],
    ['{"MaxResults":1.5}', 'SerializationException'],
    ['{"NextToken":{}}', 'SerializationException'],
    ['{"MaxResults":0}', 'ValidationException'],
    ['{"MaxResults":11}', 'ValidationException'],
  ])('%s is a %s', async (body, type) => {
    const answer = await send('ListDomains', body);
    expect(answer.status).toBe(400);
    expect(answer.body.__type).toBe(type);
  });

  it.each(['NoSuchThing', 'constructor', '__proto__', 'toString'])(
    'for the operation %s are unknown',
    async (operation) => {
      expect((await send(operation, '{}')).body.__type).toBe('UnknownOperationException');
    },
  );

  it('do not reach the prototype of anything', async () => {
    const answer = await send(
      'ListDomains',
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    );
    expect(answer.status).toBe(200);
    expect({}).not.toHaveProperty('polluted');
  });

  it.each([
    ['ListDomains', 65 * 1024],
    ['TagResource', 513 * 1024],
  ])('for %s longer than %i bytes are not read', async (operation, length) => {
    expect((await send(operation, JSON.stringify({ NextToken: 'x'.repeat(length) }))).status).toBe(413);
  });

  it('may hold 200 tags of the longest keys and values, each character escaped', async () => {
    const escaped = (text: string) =>
      [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
    const tags = Array.from(
      { length: 200 },
      (_, i) => `{"Key":"${escaped(`${i}`.padEnd(128, 'ü'))}","Value":"${escaped('ü'.repeat(256))}"}`,
    );
    const arn = `arn:aws:voiceid:us-east-1:123456789012:domain/${DomainId}`;
    const answer = await send('TagResource', `{"ResourceArn":"${arn}","Tags":[${tags.join(',')}]}`);
    // Read and checked to its end: a resource's quota is what speaks against it.
    expect(answer.body.Message).toBe('A resource has at most 50 tags.');
  });

  it('that nest without an end are not JSON to us', async () => {
    for (const body of ['['.repeat(30_000), `{"MaxResults":1,"x":${'['.repeat(30_000)}${']'.repeat(30_000)}}`]) {
      expect((await send('ListDomains', body)).body.__type).toBe('SerializationException');
    }
    expect((await send('ListDomains', `{"x":"${'['.repeat(100)}\\"${'['.repeat(100)}"}`)).status).toBe(200);
  });

  it('list every violation in one message, and show no sensitive value', async () => {
    const { body } = await send('CreateDomain', JSON.stringify({ Name: 'secret name!', Description: '' }));
    expect(body).toEqual({
      __type: 'ValidationException',
      Message:
        "3 validation errors detected: Value at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9][a-zA-Z0-9_-]*$; " +
        "Value at 'description' failed to satisfy constraint: Member must have length greater than or equal to 1; " +
        "Value null at 'serverSideEncryptionConfiguration' failed to satisfy constraint: Member must not be null",
    });
  });
});

describe('a job request', () => {
  const valid = () => ({
    DomainId,
    DataAccessRoleArn: ROLE,
    InputDataConfig: { S3Uri: 's3://manifests/monday.json' },
    OutputDataConfig: { S3Uri: 's3://results/monday' },
  });

  it.each([
    ['ClientToken', 'no spaces'],
    ['ClientToken', 'x'.repeat(65)],
    ['DataAccessRoleArn', 'arn:aws:iam::12:role/x'],
    ['DataAccessRoleArn', null],
    ['DomainId', 'short'],
    ['JobName', '-dash'],
    ['JobName', 'x'.repeat(257)],
    ['InputDataConfig', { S3Uri: 'https://manifests/monday.json' }],
    ['InputDataConfig', {}],
    ['OutputDataConfig', { S3Uri: 's3://results/x', KmsKeyId: '' }],
    ['EnrollmentConfig', { ExistingEnrollmentAction: 'REPLACE' }],
    ['EnrollmentConfig', { FraudDetectionConfig: { RiskThreshold: 101 } }],
    ['EnrollmentConfig', { FraudDetectionConfig: { WatchlistIds: [] } }],
    ['EnrollmentConfig', { FraudDetectionConfig: { FraudDetectionAction: 'MAYBE' } }],
  ])('with %s %j is a ValidationException, and starts no job', async (member, value) => {
    const { body } = await send('StartSpeakerEnrollmentJob', JSON.stringify({ ...valid(), [member]: value }));
    expect(body.__type).toBe('ValidationException');
    const { JobSummaries } = await engine.client.send(new ListSpeakerEnrollmentJobsCommand({ DomainId }));
    expect(JobSummaries).toEqual([]);
  });
});
