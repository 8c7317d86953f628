import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { GetQueueUrlCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ListDomainsCommand, VoiceIDClient } from '@aws-sdk/client-voice-id';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { stateMachineArn } from '../../local/account.ts';
import { type Cloud, StartError, startCloud } from '../../local/cloud.ts';

let dataDir: string;
let cloud: Cloud;
let options: { region: string; endpoint: string; credentials: Cloud['accessKey'] };
let s3: S3Client;

const start = (directory: string, host = '127.0.0.1', port = 0) =>
  startCloud({
    host,
    port,
    dataDir: directory,
    env: { POWERTOOLS_LOG_LEVEL: 'SILENT', JOB_RETRY_SECONDS: '30', AWS_ENDPOINT_URL_VOICE_ID: 'http://127.0.0.1:1' },
  });

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'vivavoce-local-'));
  cloud = await start(join(dataDir, 'cloud'));
  options = { region: 'us-east-1', endpoint: cloud.origin, credentials: cloud.accessKey };
  s3 = new S3Client({ ...options, forcePathStyle: true });
});

afterAll(async () => {
  await cloud.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** What comes back for bytes on the wire, as no client would send them. */
function raw(request: string): Promise<string> {
  const { hostname, port } = new URL(cloud.origin);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.end(request));
    let answer = '';
    socket.on('data', (data) => {
      answer += data;
    });
    socket.on('close', () => resolve(answer));
    // A server that has refused may close while bytes are still under way.
    socket.on('error', (error) => (answer === '' ? reject(error) : resolve(answer)));
  });
}

const lines = (...parts: string[]) => `${parts.join('\r\n')}\r\nConnection: close\r\n\r\n`;
const host = () => `Host: ${new URL(cloud.origin).host}`;

describe('keys that would leave the data directory', () => {
  it.each([
    '/vivavoce-recordings/../../escape',
    '/vivavoce-recordings/a/../../../escape',
    '/vivavoce-recordings/%2e%2e/%2e%2e/escape',
    '/vivavoce-recordings/..%2f..%2fescape',
    '/vivavoce-recordings/.%2e/escape',
    '/vivavoce-recordings/..%5c..%5cescape',
    '/../escape',
    '/%2e%2e/escape',
    '/vivavoce-recordings/a%00b',
    '/vivavoce-recordings/%zz',
  ])('are refused on the wire: %s', async (path) => {
    expect(await raw(lines(`PUT ${path} HTTP/1.1`, host(), 'Content-Length: 0'))).toMatch(/^HTTP\/1\.1 400/);
    expect((await readdir(dataDir)).sort()).toEqual(['cloud']);
    expect(existsSync(join(dataDir, 'cloud', 'escape'))).toBe(false);
  });

  it('are refused as copy sources and in lists of deletions', async () => {
    await s3.send(new PutObjectCommand({ Bucket: 'vivavoce-recordings', Key: 'here', Body: 'x' }));
    const copy = { Bucket: 'vivavoce-recordings', Key: 'copy' };
    for (const CopySource of ['vivavoce-recordings/../engine.key', '/vivavoce-recordings/%2e%2e/%2e%2e/engine.key']) {
      await expect(s3.send(new CopyObjectCommand({ ...copy, CopySource }))).rejects.toThrow();
    }
    const Delete = { Objects: [{ Key: '../../engine.key' }, { Key: '../../lock' }] };
    await s3.send(new DeleteObjectsCommand({ Bucket: 'vivavoce-recordings', Delete })).catch(() => undefined);
    expect(existsSync(join(dataDir, 'cloud', 'engine.key'))).toBe(true);
    expect(existsSync(join(dataDir, 'cloud', 'lock'))).toBe(true);
  });
});

describe('objects', () => {
  it('of 25 MB come back as they went', async () => {
    const body = Buffer.alloc(25 * 1024 * 1024, 'speech');
    await s3.send(new PutObjectCommand({ Bucket: 'vivavoce-recordings', Key: 'long.wav', Body: body }));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'vivavoce-recordings', Key: 'long.wav' }));
    expect(Buffer.compare(Buffer.from((await Body?.transformToByteArray()) ?? []), body)).toBe(0);
  });

  it.each(['a b+c/ü ñ %20 (1).txt', '日本語/マニフェスト.txt', '=&;.txt', 'quote\'d "key".txt'])(
    'keep the key %s',
    async (Key) => {
      await s3.send(
        new PutObjectCommand({ Bucket: 'vivavoce-results', Key, Body: Key, Metadata: { 'domain-id': 'x' } }),
      );
      const { Body, Metadata } = await s3.send(new GetObjectCommand({ Bucket: 'vivavoce-results', Key }));
      expect(await Body?.transformToString()).toBe(Key);
      expect(Metadata).toEqual({ 'domain-id': 'x' });
    },
  );

  it('are listed by their keys as they are, escaped once, with an encoding type and without', async () => {
    const keys = [
      'x&y.json',
      '<b> "q" \'a\'.json',
      'a+b c%20.json',
      '&amp;.json',
      'ü/日本語.json',
      'line\nbreak\rtab\t.json',
    ];
    const Bucket = 'vivavoce-recordings';
    const Prefix = 'listed & <told>+/';
    for (const key of keys) await s3.send(new PutObjectCommand({ Bucket, Key: `${Prefix}${key}`, Body: key }));
    const paths = keys.map((key) => `${Prefix}${key}`).sort();
    const { Contents = [], ...listing } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
    expect(Contents.map(({ Key }) => Key).sort()).toEqual(paths);
    expect(listing).toMatchObject({ Prefix, KeyCount: keys.length, IsTruncated: false });

    const encoded = await s3.send(new ListObjectsV2Command({ Bucket, Prefix, Delimiter: '/', EncodingType: 'url' }));
    expect(encoded.EncodingType).toBe('url');
    const [one, ...rest] = encoded.Contents ?? [];
    expect([one, ...rest].map((object) => decodeURIComponent(object?.Key ?? '')).sort()).toEqual(
      paths.filter((path) => !path.includes('ü')),
    );
    expect(encoded.CommonPrefixes?.map((common) => common.Prefix)).toEqual(['listed%20%26%20%3Ctold%3E%2B/%C3%BC/']);

    const paged: string[] = [];
    for await (const page of paginateListObjectsV2({ client: s3, pageSize: 2 }, { Bucket, Prefix })) {
      paged.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
    }
    expect(paged.sort()).toEqual(paths);
    const missing = s3.send(new GetObjectCommand({ Bucket, Key: 'no & such <key>' }));
    await expect(missing).rejects.toMatchObject({ name: 'NoSuchKey', Key: 'no & such <key>' });
    const Objects = paths.filter((path) => !path.includes('\n')).map((Key) => ({ Key }));
    const { Deleted } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(Deleted).toEqual(Objects);
    expect((await s3.send(new ListObjectsV2Command({ Bucket, Prefix }))).Contents).toHaveLength(1);
  });

  it('are listed page by page in the order of their bytes, whatever their folders', async () => {
    const Bucket = 'vivavoce-recordings';
    const Prefix = 'pages/';
    const keys = ['a-b', 'a/x', 'a/y/z', 'a0', 'b::c', '\u{1f600}', '\ufffd'].map((key) => `${Prefix}${key}`);
    for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
    const inOrder = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const list = async (options: { Delimiter?: string }) => {
      const pages: string[][] = [];
      for await (const page of paginateListObjectsV2({ client: s3, pageSize: 1 }, { Bucket, Prefix, ...options })) {
        expect(page.KeyCount).toBe(1);
        pages.push([
          ...(page.Contents ?? []).map(({ Key = '' }) => Key),
          ...(page.CommonPrefixes ?? []).map((it) => it.Prefix ?? ''),
        ]);
      }
      return pages.flat();
    };
    expect(await list({})).toEqual(inOrder);
    expect(await list({ Delimiter: '/' })).toEqual([
      ...new Set(inOrder.map((key) => key.replace(/^(pages\/[^/]*\/).*/, '$1'))),
    ]);
    const first = await s3.send(new ListObjectsCommand({ Bucket, Prefix, MaxKeys: 2, Delimiter: '::' }));
    expect(first).toMatchObject({ IsTruncated: true, NextMarker: 'pages/a/x' });
    const rest = await s3.send(new ListObjectsCommand({ Bucket, Prefix, Marker: first.NextMarker, Delimiter: '::' }));
    expect(rest.CommonPrefixes).toEqual([{ Prefix: 'pages/b::' }]);
    await expect(s3.send(new ListObjectsV2Command({ Bucket: 'nobodys' }))).rejects.toMatchObject({
      name: 'NoSuchBucket',
    });
  });

  it('have no ranges where they are empty, and say so', async () => {
    const object = { Bucket: 'vivavoce-recordings', Key: 'empty.wav' };
    await s3.send(new PutObjectCommand({ ...object, Body: '' }));
    await expect(s3.send(new GetObjectCommand({ ...object, Range: 'bytes=0-99' }))).rejects.toMatchObject({
      name: 'InvalidRange',
    });
    const { ContentLength } = await s3.send(new GetObjectCommand(object));
    expect(ContentLength).toBe(0);
  });

  it('are read only as they were where If-Match says so', async () => {
    const object = { Bucket: 'vivavoce-results', Key: 'versioned' };
    const { ETag } = await s3.send(new PutObjectCommand({ ...object, Body: 'one' }));
    expect((await s3.send(new GetObjectCommand({ ...object, IfMatch: ETag }))).ETag).toBe(ETag);
    await s3.send(new PutObjectCommand({ ...object, Body: 'two' }));
    await expect(s3.send(new GetObjectCommand({ ...object, IfMatch: ETag }))).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
  });
});

describe('requests from elsewhere', () => {
  it.each([
    ['Host: evil.example', 403],
    ['Host: 127.0.0.1.evil.example', 403],
    ['Host: 10.0.0.1', 403],
    ['Host: localhost:4566', 200],
    ['Host: [::1]:4566', 200],
  ])('under the name %s are answered with %i', async (name, status) => {
    expect(await raw(lines('GET /_health HTTP/1.1', name))).toMatch(new RegExp(`^HTTP/1.1 ${status}`));
  });

  it('of another site’s page are refused', async () => {
    for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:1']) {
      const answer = await raw(lines('GET /vivavoce-recordings HTTP/1.1', host(), `Origin: ${origin}`));
      expect(answer).toMatch(/^HTTP\/1\.1 403/);
    }
  });

  it('with a flood of headers are refused', async () => {
    const flood = Array.from({ length: 3000 }, (_, i) => `X-Flood-${i}: ${'x'.repeat(20)}`);
    const answer = await raw(lines('GET /_health HTTP/1.1', host(), ...flood)).catch(() => 'reset');
    expect(answer).toMatch(/^(HTTP\/1\.1 431|reset)/);
    expect((await fetch(`${cloud.origin}/_health`)).status).toBe(200);
  });

  it('reach Voice ID alone on another interface', async () => {
    const address = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .find(({ family, internal }) => family === 'IPv4' && !internal);
    if (address === undefined) return;
    const open = await start(join(dataDir, 'open'), address.address);
    try {
      expect((await fetch(`${open.origin}/_health`)).status).toBe(200);
      expect((await fetch(`${open.origin}/vivavoce-recordings`)).status).toBe(400);
      const unsigned = await fetch(open.origin, {
        method: 'POST',
        headers: { 'x-amz-target': 'VoiceID.ListDomains' },
        body: '{}',
      });
      expect(unsigned.status).toBe(403);
      const client = new VoiceIDClient({ ...options, endpoint: open.origin });
      expect((await client.send(new ListDomainsCommand({}))).DomainSummaries).toHaveLength(1);
    } finally {
      await open.stop();
      await rm(join(dataDir, 'open'), { recursive: true });
    }
  });
});

describe('the event bus', () => {
  it('serves rules and brings whole events to queues', async () => {
    const bridge = new EventBridgeClient(options);
    const rule = { Name: 'mine', EventBusName: 'vivavoce' };
    await bridge.send(
      new PutRuleCommand({ ...rule, EventPattern: '{"source":["mine"],"detail":{"n":[{"numeric":[">",1]}]}}' }),
    );
    const Arn = 'arn:aws:sqs:us-east-1:000000000000:vivavoce-manifests-dead-letter';
    const targets = { Rule: 'mine', EventBusName: 'vivavoce' };
    const put = await bridge.send(
      new PutTargetsCommand({
        ...targets,
        Targets: [
          { Id: 'ok', Arn },
          { Id: 'no', Arn: 'arn:aws:lambda:us-east-1:0:function:x' },
        ],
      }),
    );
    expect(put.FailedEntries).toMatchObject([{ TargetId: 'no' }]);
    expect((await bridge.send(new ListTargetsByRuleCommand(targets))).Targets).toEqual([{ Id: 'ok', Arn }]);
    expect((await bridge.send(new DescribeRuleCommand(rule))).State).toBe('ENABLED');
    expect(
      (await bridge.send(new ListRulesCommand({ EventBusName: 'vivavoce' }))).Rules?.map(({ Name }) => Name),
    ).toEqual(['mine']);

    const entry = (n: number, Source = 'mine') => ({
      EventBusName: 'vivavoce',
      Source,
      DetailType: 'Test',
      Detail: `{"n":${n}}`,
    });
    const sent = await bridge.send(
      new PutEventsCommand({ Entries: [entry(1), entry(2), entry(3, 'aws.s3'), { ...entry(4), Detail: 'no json' }] }),
    );
    expect(sent.FailedEntryCount).toBe(2);
    expect(sent.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      undefined,
      undefined,
      'NotAuthorizedForSourceException',
      'MalformedDetail',
    ]);
    const sqs = new SQSClient(options);
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'vivavoce-manifests-dead-letter' }));
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    );
    expect(Messages.map(({ Body = '' }) => JSON.parse(Body))).toMatchObject([
      { source: 'mine', 'detail-type': 'Test', detail: { n: 2 }, account: '000000000000' },
    ]);

    await expect(bridge.send(new DeleteRuleCommand(rule))).rejects.toThrow(/targets/);
    await bridge.send(new RemoveTargetsCommand({ ...targets, Ids: ['ok'] }));
    await bridge.send(new DeleteRuleCommand(rule));
    await expect(bridge.send(new DescribeRuleCommand(rule))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    const test = new TestEventPatternCommand({ EventPattern: '{"source":["a"]}', Event: '{"source":"a"}' });
    expect((await bridge.send(test)).Result).toBe(true);
    const broken = new PutRuleCommand({ ...rule, EventPattern: '{"source":"a"}' });
    await expect(bridge.send(broken)).rejects.toMatchObject({ name: 'InvalidEventPatternException' });
  });
});

describe('executions', () => {
  /** An upload whose job can't be started at once: the execution waits. */
  const input = (uploadId: string) =>
    JSON.stringify({
      uploadId,
      domainId: 'A'.repeat(22),
      manifest: { bucket: 'vivavoce-manifests', key: 'x.json' },
      output: { bucket: 'vivavoce-results', folder: 'x', fileName: 'x.json' },
      job: { jobId: 'B'.repeat(22), createdAt: new Date(0).toISOString() },
      outcome: {
        status: 'FAILED',
        detailType: 'Speaker Enrollment Job Failed',
        failureDetails: { message: 'made up' },
      },
    });

  it('are started once a name, described, listed and have a history', async () => {
    const client = new SFNClient(options);
    const start = new StartExecutionCommand({ stateMachineArn, name: 'once', input: input('once') });
    const { executionArn } = await client.send(start);
    const describe = () => client.send(new DescribeExecutionCommand({ executionArn }));
    while ((await describe()).status === 'RUNNING') await new Promise((resolve) => setTimeout(resolve, 100));
    expect(JSON.parse((await describe()).output ?? '')).toMatchObject({ detailType: 'Speaker Enrollment Job Failed' });
    await expect(client.send(start)).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['ExecutionStarted', 'TaskStateEntered']));
    expect(events.at(-1)?.type).toBe('ExecutionSucceeded');
    const kept = z
      .object({ history: z.array(z.object({ type: z.string() })) })
      .parse(JSON.parse(await readFile(join(dataDir, 'cloud', 'executions', 'once.json'), 'utf8')));
    expect(kept.history.map(({ type }) => type)).toEqual(events.map(({ type }) => type));
    const { executions } = await client.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'SUCCEEDED' }));
    expect(executions?.map(({ name }) => name)).toContain('once');
    expect((await client.send(new ListStateMachinesCommand({}))).stateMachines).toHaveLength(1);
    expect((await client.send(new DescribeStateMachineCommand({ stateMachineArn }))).name).toBe('vivavoce-enrollment');
  });

  it('that are stopped by hand get their ending all the same', async () => {
    const client = new SFNClient(options);
    const { outcome: _, ...waiting } = JSON.parse(input('stopped'));
    const request = {
      ClientToken: 'stopped',
      JobName: 'stopped',
      DomainId: cloud.domainId,
      DataAccessRoleArn: 'arn:aws:iam::000000000000:role/vivavoce-data-access',
      InputDataConfig: { S3Uri: 's3://vivavoce-manifests/none.json' },
      OutputDataConfig: { S3Uri: 's3://vivavoce-results/none' },
    };
    // Nothing answers at the workflow's Voice ID endpoint: the execution waits to try again.
    const name = 'stopped';
    const { job: _none, ...withoutJob } = waiting;
    const given = JSON.stringify({ ...withoutJob, request });
    const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn, name, input: given }));
    await client.send(new StopExecutionCommand({ executionArn, error: 'ByHand', cause: 'a test' }));
    const { status } = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect(status).toBe('ABORTED');
    const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn, reverseOrder: true }));
    expect(events[0]).toMatchObject({
      type: 'ExecutionAborted',
      executionAbortedEventDetails: { error: 'ByHand', cause: 'a test' },
    });
    const ended = executionArn?.replace(/stopped$/, 'stopped-ended');
    for (;;) {
      const found = await client.send(new DescribeExecutionCommand({ executionArn: ended })).catch(() => undefined);
      if (found?.status === 'SUCCEEDED') {
        expect(JSON.parse(found.output ?? '')).toMatchObject({ detailType: 'Speaker Enrollment Job Failed' });
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  });
});

describe('starting', () => {
  it('refuses a data directory or a port that is taken, and says what to do', async () => {
    await expect(start(join(dataDir, 'cloud'))).rejects.toThrow(StartError);
    const { port } = new URL(cloud.origin);
    const second = start(join(dataDir, 'second'), '127.0.0.1', Number(port));
    await expect(second).rejects.toThrow(/--port/);
    await rm(join(dataDir, 'second'), { recursive: true, force: true });
  });

  it('again on its data directory finds everything there', async () => {
    const directory = join(dataDir, 'kept');
    const first = await start(directory);
    const client = new S3Client({ ...options, endpoint: first.origin, forcePathStyle: true });
    await client.send(new PutObjectCommand({ Bucket: 'vivavoce-results', Key: 'kept', Body: 'still here' }));
    const sqs = new SQSClient({ ...options, endpoint: first.origin });
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'vivavoce-manifests-dead-letter' }));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'still here' }));
    await first.stop();

    const second = await start(directory);
    try {
      expect(second.domainId).toBe(first.domainId);
      const again = new S3Client({ ...options, endpoint: second.origin, forcePathStyle: true });
      const { Body } = await again.send(new GetObjectCommand({ Bucket: 'vivavoce-results', Key: 'kept' }));
      expect(await Body?.transformToString()).toBe('still here');
      const queue = new SQSClient({ ...options, endpoint: second.origin });
      const { Messages } = await queue.send(new ReceiveMessageCommand({ QueueUrl }));
      expect(Messages?.map((message) => message.Body)).toEqual(['still here']);
    } finally {
      await second.stop();
      await rm(directory, { recursive: true });
    }
  });
});
