import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AwsError } from '../../local/aws-error.ts';
import { createGateway } from '../../local/gateway.ts';

let server: Server;
let port: number;
/** Which service each request came to. */
let reached: string[];

beforeEach(async () => {
  reached = [];
  const reach = (name: string) => (_request: unknown, response: { end(): void }) => {
    reached.push(name);
    response.end();
  };
  server = createGateway({
    voiceId: async () => {
      reached.push('voiceId');
      return new Response();
    },
    eventBus: (action) => {
      reached.push(`eventBus.${action}`);
      throw new AwsError('ResourceNotFoundException', 'No such rule.');
    },
    stepFunctions: (action) => {
      reached.push(`stepFunctions.${action}`);
      throw new TypeError('A bug.');
    },
    database: reach('database'),
    queues: reach('queues'),
    objectStorage: reach('objectStorage'),
    videoStreams: {
      getDataEndpoint: (_input, origin) => ({ DataEndpoint: origin }),
      getMedia: async (_request, response) => reach('getMedia')(_request, response),
      putMedia: async (_request, response) => reach('putMedia')(_request, response),
    },
    invoke: async (functionName, type) => {
      reached.push(`invoke.${functionName}.${type}`);
      throw new AwsError('ResourceNotFoundException', 'No such function.', 404);
    },
    console: async () => new Response('console'),
    health: () => ({ status: 'ok' }),
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const call = (target: string, body = '{}', headers: Record<string, string> = {}) =>
  fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      ...(target !== '' && { 'x-amz-target': target }),
      ...headers,
    },
    body,
  });

describe('one port', () => {
  it.each([
    ['VoiceID.ListDomains', 'voiceId'],
    ['AWSEvents.DescribeRule', 'eventBus.DescribeRule'],
    ['AWSStepFunctions.StartExecution', 'stepFunctions.StartExecution'],
    ['DynamoDB_20120810.PutItem', 'database'],
    ['AmazonSQS.SendMessage', 'queues'],
    ['', 'objectStorage'],
  ])('brings %s to its service', async (target, service) => {
    await (await call(target)).text();
    expect(reached).toEqual([service]);
  });

  it('brings queries of the older SQS protocol to the queues', async () => {
    await call('', 'Action=ListQueues', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(reached).toEqual(['queues']);
  });

  it.each([
    ['/getMedia', {}, 'getMedia'],
    ['/putMedia', {}, 'putMedia'],
    ['/2015-03-31/functions/check-caller/invocations', {}, 'invoke.check-caller.RequestResponse'],
    [
      '/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Alisten-to-call/invocations',
      { 'x-amz-invocation-type': 'Event' },
      'invoke.listen-to-call.Event',
    ],
  ])('brings the REST request %s to its service', async (path, headers: Record<string, string>, service) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body: '{}' });
    await answer.text();
    expect(reached).toEqual([service]);
    if (service.startsWith('invoke')) {
      expect(answer.headers.get('x-amzn-errortype')).toBe('ResourceNotFoundException');
    }
  });

  it('refuses services that are not there, by name', async () => {
    const answer = await call('Lambda_2015.Invoke');
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ __type: 'UnknownOperationException' });
    expect(reached).toEqual([]);
  });

  it('answers errors as AWS does: its own by name, others as a failure of its own', async () => {
    const known = await call('AWSEvents.DescribeRule');
    expect([known.status, await known.json()]).toMatchObject([400, { __type: 'ResourceNotFoundException' }]);
    const bug = await call('AWSStepFunctions.StartExecution');
    expect([bug.status, await bug.json()]).toMatchObject([500, { __type: 'InternalFailure' }]);
  });

  it.each([
    ['no JSON', '{', 400, 'SerializationException'],
    ['more than a megabyte', `"${'x'.repeat(1024 * 1024)}"`, 413, 'RequestEntityTooLargeException'],
  ])('refuses a body that is %s before its service sees it', async (_what, body, status, type) => {
    const answer = await call('AWSEvents.PutEvents', body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ __type: type });
    expect(reached).toEqual([]);
  });
});

it('serves others while hundreds of slow clients hold their requests open', async () => {
  const sockets: Socket[] = [];
  for (let i = 0; i < 300; i++) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('connect', resolve));
    // Half never end their headers, half never end their body.
    const head = `POST / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`;
    socket.write(i % 2 === 0 ? head : `${head}X-Amz-Target: AWSEvents.PutEvents\r\nContent-Length: 1000\r\n\r\n{`);
    sockets.push(socket);
  }
  expect((await fetch(`http://127.0.0.1:${port}/_health`)).status).toBe(200);
  expect(reached).toEqual([]);
  // And does not keep them for ever: these are what Node cuts them off by.
  expect(server.headersTimeout).toBeLessThanOrEqual(60_000);
  expect(server.requestTimeout).toBeGreaterThan(0);
  for (const socket of sockets) socket.destroy();
});
