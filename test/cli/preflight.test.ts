import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { run } from '../../cli/commands/preflight.ts';
import { clientsIn, preflight } from '../../cli/preflight/checks.ts';
import { readStage } from '../../cli/preflight/stage.ts';
import { CommandError, UsageError } from '../../clients/errors.ts';

const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/ours';
const allow = (Service: string) => ({
  Effect: 'Allow',
  Principal: { Service },
  Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
});

/** An account, as AWS's own endpoints tell of it. */
let aws: {
  concurrent: number;
  unreserved: number;
  policy: object[];
  keyState: string;
  bucket: { status: number; region: string };
  stack: { status: string; parameters: Record<string, string> } | undefined;
  refuses: string | undefined;
};
/** Every action that was asked for. */
let asked: string[];

const xml = (action: string, result: string) =>
  `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`;
const server = createServer(async (request, response) => {
  const body = await text(request);
  const { method, url = '', headers } = request;
  const action =
    /Action=(\w+)/.exec(body)?.[1] ??
    String(headers['x-amz-target'] ?? `${method} ${url}`)
      .split('.')
      .at(-1) ??
    '';
  asked.push(action);
  const answer = (status: number, content: string | object, more: Record<string, string> = {}) =>
    response.writeHead(status, more).end(typeof content === 'string' ? content : JSON.stringify(content));
  if (action === aws.refuses)
    return answer(400, { __type: 'AccessDeniedException', message: `not authorized to perform ${action}` });
  switch (action) {
    case 'GetCallerIdentity':
      return answer(200, xml(action, '<Arn>arn:aws:iam::123456789012:user/ops</Arn><Account>123456789012</Account>'));
    case 'DescribeStacks': {
      const { stack } = aws;
      if (stack === undefined) {
        const error = '<Code>ValidationError</Code><Message>Stack with id vivavoce-prod does not exist</Message>';
        return answer(400, `<ErrorResponse><Error>${error}</Error></ErrorResponse>`);
      }
      const parameters = Object.entries(stack.parameters)
        .map(
          ([key, value]) =>
            `<member><ParameterKey>${key}</ParameterKey><ParameterValue>${value}</ParameterValue></member>`,
        )
        .join('');
      const member = `<StackName>vivavoce-prod</StackName><StackStatus>${stack.status}</StackStatus><Parameters>${parameters}</Parameters>`;
      return answer(200, xml(action, `<Stacks><member>${member}</member></Stacks>`));
    }
    case 'DescribeKey':
      return answer(200, {
        KeyMetadata: {
          KeyId: 'ours',
          Enabled: aws.keyState === 'Enabled',
          KeyState: aws.keyState,
          KeySpec: 'SYMMETRIC_DEFAULT',
        },
      });
    case 'GetKeyPolicy':
      return answer(200, { Policy: JSON.stringify({ Version: '2012-10-17', Statement: aws.policy }) });
  }
  if (method === 'HEAD') return answer(aws.bucket.status, '', { 'x-amz-bucket-region': aws.bucket.region });
  if (url.includes('account-settings')) {
    const AccountLimit = { ConcurrentExecutions: aws.concurrent, UnreservedConcurrentExecutions: aws.unreserved };
    return answer(200, { AccountLimit }, { 'content-type': 'application/json' });
  }
  return answer(500, 'not asked for');
});

let infra: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAOPS');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  infra = await mkdtemp(join(tmpdir(), 'vivavoce-infra-'));
  await mkdir(join(infra, 'stages'));
  await writeFile(join(infra, 'defaults.yml'), await readFile('infra/defaults.yml'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await rm(infra, { recursive: true });
});
beforeEach(() => {
  asked = [];
  aws = {
    concurrent: 1000,
    unreserved: 1000,
    policy: [
      allow('events.amazonaws.com'),
      allow('cloudwatch.amazonaws.com'),
      allow('logs.eu-central-1.amazonaws.com'),
    ],
    keyState: 'Enabled',
    bucket: { status: 200, region: 'eu-central-1' },
    stack: undefined,
    refuses: undefined,
  };
});
afterEach(() => {
  // It only reads.
  for (const action of asked) expect(action).toMatch(/^(Get|Describe|(GET|HEAD) )/);
});

/** What is found of a stage with that file, but for what is fine. */
async function findings(lines: string): Promise<string[]> {
  await writeFile(join(infra, 'stages/prod.yml'), `region: eu-central-1\nalarmEmail: ops@example.com\n${lines}`);
  const stage = await readStage('prod', infra);
  const found = await preflight({ stage, clients: clientsIn(stage.region) });
  return found.filter(({ level }) => level !== 'ok').map(({ level, what, message }) => `${level} ${what}: ${message}`);
}

test('a stage that can be deployed is fine', async () => {
  expect(await findings(`kmsKeyArn: ${KEY}\nrecordingsBucket: our-calls\n`)).toEqual([]);
  aws.stack = { status: 'UPDATE_COMPLETE', parameters: { RecordingsBucketName: 'our-calls', LogRetention: '90' } };
  expect(await findings('recordingsBucket: our-calls\n')).toEqual([]);
});

test('what a deployment would reset is said before it is made', async () => {
  aws.stack = {
    status: 'UPDATE_COMPLETE',
    parameters: { RecordingsBucketName: 'our-calls', KmsKeyArn: KEY, LogRetention: '90' },
  };
  expect(await findings('')).toEqual([
    "warning stack: recordingsBucket will change from 'our-calls' to ''.",
    `warning stack: kmsKeyArn will change from '${KEY}' to ''.`,
  ]);
});

test.each([
  ['a small quota', '', { unreserved: 10 }, /^warning concurrency: engineConcurrency 100 is more than half of the 10 /],
  [
    'a reservation that AWS refuses',
    'workflowConcurrency: 5\nengineConcurrency: 3\n',
    { unreserved: 110 },
    /^problem concurrency: workflowConcurrency reserves 20 of 110/,
  ],
  [
    'a key policy without EventBridge',
    `kmsKeyArn: ${KEY}\n`,
    { policy: [allow('cloudwatch.amazonaws.com'), allow('logs.eu-central-1.amazonaws.com')] },
    /^problem key: .*does not allow events.amazonaws.com kms:Decrypt/,
  ],
  [
    'a key policy for other logs',
    `kmsKeyArn: ${KEY}\n`,
    {
      policy: [allow('events.amazonaws.com'), allow('cloudwatch.amazonaws.com'), allow('logs.eu-west-1.amazonaws.com')],
    },
    /logs.eu-central-1/,
  ],
  ['a key that is off', `kmsKeyArn: ${KEY}\n`, { keyState: 'Disabled' }, /^problem key: .* is Disabled/],
  [
    'a bucket that is misspelt',
    'recordingsBucket: our-cals\n',
    { bucket: { status: 404, region: '' } },
    /^problem recordings: There is no bucket our-cals/,
  ],
  [
    'a bucket of another region',
    'recordingsBucket: our-calls\n',
    { bucket: { status: 200, region: 'us-east-1' } },
    /is in us-east-1, the stack in eu-central-1/,
  ],
  [
    'a bucket of others',
    'recordingsBucket: our-calls\n',
    { bucket: { status: 403, region: '' } },
    /may not be read by you/,
  ],
  [
    'a stack that failed',
    '',
    { stack: { status: 'ROLLBACK_COMPLETE', parameters: {} } },
    /^problem stack: .*delete it in CloudFormation/,
  ],
  ['a stack that is under way', '', { stack: { status: 'UPDATE_IN_PROGRESS', parameters: {} } }, /wait for its end/],
  [
    'a key that may not be looked at',
    `kmsKeyArn: ${KEY}\n`,
    { refuses: 'GetKeyPolicy' },
    /^warning key: It can't be looked at \(AccessDeniedException: not authorized/,
  ],
])('%s', async (_, lines, change, message) => {
  Object.assign(aws, change);
  expect(await findings(lines)).toEqual([expect.stringMatching(message)]);
});

test('an engine of one’s own without its companions', async () => {
  const found = await findings('engine: self-hosted\nengineEndpoint: https://voice.example.com\n');
  expect(found).toEqual([
    expect.stringContaining('problem engine: The engine is self-hosted: set domainId'),
    expect.stringContaining('set enginePrincipalArn'),
    expect.stringContaining('warning access key'),
  ]);
});

test('a stage that is none is said', async () => {
  await expect(run([])).rejects.toThrow(UsageError);
  await expect(run(['--stage', '../x'])).rejects.toThrow(UsageError);
  await expect(run(['--stage', 'nobodys'])).rejects.toThrow('There is no infra/stages/nobodys.yml');
  await writeFile(join(infra, 'stages/typo.yml'), 'alarmMail: x\n');
  await expect(readStage('typo', infra)).rejects.toThrow(CommandError);
});

test('the stages of this repository are well-formed', async () => {
  for (const file of await readdir('infra/stages')) {
    expect((await readStage(file.replace(/\.yml$/, ''))).region).toMatch(/^[a-z-]+-\d$/);
  }
});
