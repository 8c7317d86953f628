import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateDomainCommand,
  DescribeSpeakerEnrollmentJobCommand,
  StartSpeakerEnrollmentJobCommand,
} from '@aws-sdk/client-voice-id';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readRequests } from '../../../engine/jobs/manifest.ts';
import { readObject } from '../../../engine/jobs/read-object.ts';
import { refusalOf } from '../../../engine/jobs/s3-errors.ts';
import { ACCESS_KEY, ROLE, startTestEngine, type TestEngine } from '../harness.ts';

const GIGABYTE = 1024 ** 3;

/** An S3 that answers `/bucket/400-Code` with that status and code, and all else with gigabytes that never come. */
let server: Server;
let s3: S3Client;
let engine: TestEngine;

function answer(path: string, response: ServerResponse): void {
  const [, status, code] = /\/(\d{3})-([\w.]+?)(?:\.wav|\.json)?(?:\/|$)/.exec(path) ?? [];
  if (status === undefined) {
    response.writeHead(200, { 'content-length': 3 * GIGABYTE });
    response.write('{');
    return;
  }
  response.writeHead(Number(status), { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>as told</Message></Error>`);
}

const portOf = () => (server.address() as AddressInfo).port;

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    request.on('end', () =>
      answer(new URL(request.url ?? '/', 'http://s3').pathname.replace(/\.(wav|json)$/, ''), response),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  s3 = new S3Client({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${portOf()}`,
    forcePathStyle: true,
    credentials: ACCESS_KEY,
    maxAttempts: 1,
  });
  engine = await startTestEngine();
  // The engine's own client, for the bucket `told`, asks the S3 above.
  engine.s3.middlewareStack.add(
    (next) => async (args) => {
      const { request } = args;
      const told = typeof request === 'object' && request !== null && 'path' in request && 'port' in request;
      if (told && String(request.path).startsWith('/told')) request.port = portOf();
      return next(args);
    },
    { step: 'build' },
  );
});

afterAll(async () => {
  await engine.stop();
  server.closeAllConnections();
  server.close();
});

const errorOf = (key: string) =>
  readObject({ bucket: 'told', key }, 100, s3).then(
    () => undefined,
    (error: unknown) => error,
  );

it.each([
  ['404-NoSuchKey', 'no such object (NoSuchKey)'],
  ['403-InvalidObjectState', 'an archived object, which has to be restored before it can be read (InvalidObjectState)'],
  ['400-KeyTooLongError', 'a key longer than the 1,024 bytes that S3 keeps (KeyTooLongError)'],
  ['400-KMS.DisabledException', 'a KMS key that is disabled (KMS.DisabledException)'],
  ['403-NobodyHasHeardOfThis', 'an answer of S3 that does not change: NobodyHasHeardOfThis, status 403'],
  ['501-NotImplemented', 'an answer of S3 that does not change: NotImplemented, status 501'],
  ['400-constructor', 'an answer of S3 that does not change: constructor, status 400'],
])('S3’s %s is final', async (key, found) => {
  expect(refusalOf(await errorOf(key))).toBe(found);
});

it.each([
  '503-SlowDown',
  '500-InternalError',
  '429-Whatever',
  '400-RequestTimeout',
  '400-ExpiredToken',
  '409-OperationAborted',
])('S3’s %s may heal', async (key) => {
  const error = await errorOf(key);
  expect(error).toBeInstanceOf(Error);
  expect(refusalOf(error)).toBeUndefined();
});

it('a connection that is refused may heal, and a fault of the program is none of S3’s', async () => {
  const nowhere = new S3Client({
    region: 'us-east-1',
    endpoint: 'http://127.0.0.1:1',
    credentials: ACCESS_KEY,
    maxAttempts: 1,
  });
  const error = await readObject({ bucket: 'told', key: 'x' }, 1, nowhere).catch((it: unknown) => it);
  expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  expect(refusalOf(error)).toBeUndefined();
  expect(refusalOf(new TypeError('a bug'))).toBeUndefined();
});

async function jobOf(input: string, output: string) {
  const { client } = engine;
  const encryption = { ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/test' } };
  const { Domain } = await client.send(new CreateDomainCommand({ Name: 'd', ClientToken: 'once', ...encryption }));
  const { Job } = await client.send(
    new StartSpeakerEnrollmentJobCommand({
      DomainId: Domain?.DomainId,
      DataAccessRoleArn: ROLE,
      InputDataConfig: { S3Uri: input },
      OutputDataConfig: { S3Uri: output },
    }),
  );
  const describe = new DescribeSpeakerEnrollmentJobCommand({ DomainId: Job?.DomainId, JobId: Job?.JobId });
  let job = Job;
  while (job?.EndedAt === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    job = (await client.send(describe)).Job;
  }
  return job;
}

it.each([
  ['s3://told/403-InvalidObjectState.json', /can't be read: found an archived object/],
  ['s3://told/400-NobodyHasHeardOfThis.json', /can't be read: found an answer of S3 that does not change/],
  ['s3://told/huge.json', /too large: found 3221225472 bytes, expected at most 67108864: split the manifest/],
])('a job whose input is %s fails, says why, and the next one runs', async (input, message) => {
  const job = await jobOf(input, 's3://results/out');
  expect(job).toMatchObject({ JobStatus: 'FAILED', FailureDetails: { StatusCode: 400 } });
  expect(job.FailureDetails?.Message).toMatch(message);
});

it('a recording that S3 refuses in a way of its own is that request’s error; an output folder, the job’s', async () => {
  const Body = JSON.stringify({
    Version: '1.0',
    SpeakerEnrollmentRequests: [
      { RequestId: 'r', SpeakerId: 's', AudioSpecifications: [{ S3Uri: 's3://told/403-NewCode.wav', ChannelId: 0 }] },
    ],
  });
  await engine.s3.send(new PutObjectCommand({ Bucket: 'manifests', Key: 'm.json', Body }));
  expect(await jobOf('s3://manifests/m.json', 's3://results/out')).toMatchObject({
    JobStatus: 'COMPLETED_WITH_ERRORS',
  });
  const failed = await jobOf('s3://manifests/m.json', 's3://told/403-NewCode/out');
  expect(failed).toMatchObject({ JobStatus: 'FAILED' });
  expect(failed.FailureDetails?.Message).toMatch(
    /can't be written: found an answer of S3 that does not change: NewCode/,
  );
});

it('a manifest of millions of values is not parsed', () => {
  const text = `{"Version":"1.0","SpeakerEnrollmentRequests":[${'{},'.repeat(1_000_000)}{}]}`;
  expect(() => readRequests('ENROLLMENT', Buffer.from(text))).toThrow(/more than 1000000 values: split/);
  const commas = ','.repeat(900);
  const one = {
    RequestId: commas.slice(0, 200),
    SpeakerId: 's',
    AudioSpecifications: [{ S3Uri: `s3://b/\\"${commas}`, ChannelId: 0 }],
  };
  const SpeakerEnrollmentRequests = Array.from({ length: 2000 }, (_, i) => ({ ...one, RequestId: `${i}` }));
  const valid = Buffer.from(JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests }));
  expect(readRequests('ENROLLMENT', valid)).toHaveLength(2000);
});
