import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import aslValidator from 'asl-validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { schemas as connectSchemas } from '../../connect/call/settings.ts';
import { schemas as engineSchemas, readLambdaSettings } from '../../engine/lambda/settings.ts';
import * as engineMetrics from '../../engine/metrics.ts';
import { settingsSchema as engineSchema, readSettings as readEngineSettings } from '../../engine/settings.ts';
import * as metrics from '../../functions/enrollment/metrics.ts';
import { readSettings, schemas } from '../../functions/enrollment/settings.ts';
import { actionsByModule, actionsCalled } from './calls.ts';
import { type Statement, statementsOf, statementsOfRole } from './policies.ts';
import { Resolver } from './resolve.ts';
import { type Assembled, assemble, ofType, root, type Template } from './template.ts';
import { entriesOf } from './zip.ts';

let assembled: Assembled;
let template: Template;
beforeAll(async () => {
  assembled = await assemble();
  template = assembled.template;
});
afterAll(() => assembled?.remove());

const needed = {
  EngineEndpoint: 'https://voice.example.com',
  EnginePrincipalArn: 'arn:aws:iam::123456789012:role/engine',
  DomainId: 'aB3aB3aB3aB3aB3aB3aB3a',
};
const ownEverything = {
  ...needed,
  RecordingsBucketName: 'our-recordings',
  RecordingsKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/recordings',
  KmsKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/ours',
  DataAccessRoleArn: 'arn:aws:iam::123456789012:role/data',
  CredentialsSecretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:ours',
  AlarmEmail: 'ops@example.com',
  RiskThreshold: '30',
  WatchlistIds: 'aB3aB3aB3aB3aB3aB3aB3a',
};
const connect = {
  ConnectInstanceArn: 'arn:aws:connect:eu-central-1:123456789012:instance/11111111-2222-3333-4444-555555555555',
  ConnectStreamPrefix: 'calls',
  ConnectStreamKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/streams',
};
const deployments = {
  serverless: {},
  'with Amazon Connect': connect,
  'self-hosted': { Engine: 'self-hosted', ...needed },
  'with everything given': { Engine: 'self-hosted', ...ownEverything, ...connect, ConnectStreamPrefix: '' },
};

/** Of the stage that is assembled: two stages in one account have their own. */
const NAMESPACE = 'vivavoce-dev';

const functions = {
  StartEnrollment: { schema: schemas.startEnrollment, folder: 'start-enrollment' },
  StartJob: { schema: schemas.startJob, folder: 'start-job' },
  PollEnrollment: { schema: schemas.pollEnrollment, folder: 'poll-enrollment' },
  SummarizeEnrollment: { schema: schemas.summarizeEnrollment, folder: 'summarize-enrollment' },
};

const connectFunctions = {
  ListenToCall: { schema: connectSchemas.listenToCall, folder: 'listen-to-call' },
  CheckCaller: { schema: connectSchemas.checkCaller, folder: 'check-caller' },
};

const engineFunctions = {
  EngineApi: { schema: engineSchemas.api, name: 'api' },
  Listen: { schema: engineSchemas.listen, name: 'listen' },
  PrepareJob: { schema: engineSchemas.prepareJob, name: 'prepare-job' },
  EnrollSpeakers: { schema: engineSchemas.enrollSpeakers, name: 'enroll-speakers' },
  MergeJob: { schema: engineSchemas.mergeJob, name: 'merge-job' },
  MakeDomain: { schema: engineSchemas.makeDomain, name: 'make-domain' },
};
/** The engine's own settings that the stack does not set, and why. */
const notSet = new Set([
  'AWS_REGION', // Lambda's own
  'VIVAVOCE_CREDENTIALS', // read from the secret
  'VIVAVOCE_ENCRYPTION_KEY', // the same
  'VIVAVOCE_EVENT_BUS', // the container's: a function's is EVENT_BUS_NAME
  'VIVAVOCE_EXTERNAL_ID', // the container's: a function's is EXTERNAL_ID
  'VIVAVOCE_MODEL', // the model is in the package
  'VIVAVOCE_WORKERS', // one: a function has one core
  // A function knows only of its own calls: API Gateway limits them.
  'VIVAVOCE_RATE_CONTROL',
  'VIVAVOCE_RATE_LIST_SPEAKERS',
  'VIVAVOCE_RATE_SPEAKERS',
  'VIVAVOCE_RATE_TAGS',
]);
const secrets = { VIVAVOCE_CREDENTIALS: 'key:secret', VIVAVOCE_ENCRYPTION_KEY: '0'.repeat(64) };

const variables = z.object({ Variables: z.record(z.string(), z.union([z.string(), z.number()])) });
const environmentOf = (name: string, resolver: Resolver) => {
  const { Environment } = template.Resources[`${name}LambdaFunction`]?.Properties ?? {};
  const { Variables } = variables.parse(resolver.value(Environment));
  // Node's own.
  const { NODE_OPTIONS: _, POWERTOOLS_TRACE_ENABLED: __, ...own } = Variables;
  return Object.fromEntries(Object.entries(own).map(([key, value]) => [key, String(value)]));
};

describe.each(Object.entries(deployments))('deployed %s', (_, parameters) => {
  test('refers to nothing that is not there', () => {
    const resolver = new Resolver(template, parameters);
    for (const [logicalId, { Properties }] of Object.entries(template.Resources)) {
      if (resolver.exists(logicalId)) expect(() => resolver.value(Properties), logicalId).not.toThrow();
    }
  });

  test.each(Object.entries(functions))('%s finds every setting that it reads, well-formed', (name, { schema }) => {
    const environment = environmentOf(name, new Resolver(template, parameters));
    const names = Object.keys('shape' in schema ? schema.shape : {});
    expect(Object.keys(environment)).toEqual(expect.arrayContaining(names));
    expect(() => readSettings(schema, environment)).not.toThrow();
    const others = Object.entries(environment).filter(([key]) => !names.includes(key));
    expect(others).toEqual([['POWERTOOLS_METRICS_NAMESPACE', NAMESPACE]]);
  });

  test('is refused by no rule', () => {
    expect(new Resolver(template, parameters).refusals()).toEqual([]);
  });

  test('functions that call the engine are told where it is', () => {
    for (const name of ['StartEnrollment', 'StartJob', 'PollEnrollment']) {
      const environment = environmentOf(name, new Resolver(template, parameters));
      expect(environment.AWS_ENDPOINT_URL_VOICE_ID, name).toMatch(/^https:\/\//);
    }
  });
});

test.each(Object.entries(engineFunctions))('%s finds every setting that it reads, and no other', (name, { schema }) => {
  const environment = environmentOf(name, new Resolver(template));
  const read = [...Object.keys(schema.shape), ...Object.keys(engineSchema.shape).filter((key) => !notSet.has(key))];
  expect(Object.keys(environment).toSorted()).toEqual(read.toSorted());
  expect(() => readLambdaSettings(schema, environment)).not.toThrow();
  expect(() => readEngineSettings({ ...environment, ...secrets })).not.toThrow();
});

test.each(Object.entries(connectFunctions))(
  '%s finds every setting that it reads, and no other',
  (name, { schema }) => {
    for (const parameters of [connect, deployments['with everything given']]) {
      const { POWERTOOLS_METRICS_NAMESPACE, ...environment } = environmentOf(name, new Resolver(template, parameters));
      expect(POWERTOOLS_METRICS_NAMESPACE).toBe(NAMESPACE);
      expect(Object.keys(environment).toSorted()).toEqual(Object.keys(schema.shape).toSorted());
      expect(() => readSettings(schema, environment)).not.toThrow();
      expect(environment.AWS_ENDPOINT_URL_VOICE_ID).toMatch(/^https:\/\//);
    }
  },
);

test('each path of the engine’s own has a route', async () => {
  const source = await readFile(join(root, 'engine/api/router.ts'), 'utf8');
  const served = [...source.matchAll(/\bapp\.(get|post)\('([^']+)'/g)].map(
    ([, method = '', path = '']) => `${method.toUpperCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`,
  );
  const routes = ofType(template, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties?.RouteKey);
  // Behind API Gateway nobody asks a function whether it is there.
  expect(routes.toSorted()).toEqual(served.filter((route) => route !== 'GET /_health').toSorted());
});

describe('Amazon Connect', () => {
  const resolver = () => new Resolver(template, connect);

  test('may invoke its functions, from this instance alone', () => {
    for (const name of Object.keys(connectFunctions)) {
      expect(resolver().value(template.Resources[`${name}Permission`]?.Properties)).toMatchObject({
        Principal: 'connect.amazonaws.com',
        SourceAccount: '123456789012',
        SourceArn: connect.ConnectInstanceArn,
      });
    }
  });

  test('a call is listened to in as many invocations as it takes, and one that dies is begun again', () => {
    const { Properties } = template.Resources.ListenToCallLambdaFunction ?? {};
    expect(Properties).toMatchObject({ Timeout: 900, RecursiveLoop: 'Allow' });
    expect(template.Resources.ListenToCallInvocations?.Properties).toMatchObject({ MaximumRetryAttempts: 2 });
    const itself = resolver().value({ 'Fn::GetAtt': ['ListenToCallLambdaFunction', 'Arn'] });
    const goOn = statementsOfRole(resolver().value(template.Resources.ListenToCallRole?.Properties)).find(
      ({ Action }) => Action.includes('lambda:InvokeFunction'),
    );
    expect(goOn?.Resource).toEqual([itself]);
  });

  test('is not there without an instance', () => {
    const without = new Resolver(template);
    const theirs = Object.entries(template.Resources).filter(([id]) => /^(ListenToCall|CheckCaller)/.test(id));
    expect(theirs.length).toBeGreaterThan(8);
    for (const [logicalId] of theirs) expect(without.exists(logicalId), logicalId).toBe(false);
  });
});

describe('roles', () => {
  const statements = (name: string): Statement[] => {
    const resolver = new Resolver(template, connect);
    return statementsOfRole(resolver.value(template.Resources[name]?.Properties));
  };

  test.each(Object.entries(functions))(
    '%s may make the calls that it makes, and no others',
    async (name, { folder }) => {
      const called = await actionsCalled(join(root, `functions/${folder}/index.ts`));
      expect(called.size).toBeGreaterThan(0);
      const allowed = new Set(statements(`${name}Role`).flatMap(({ Action }) => Action));
      expect([...allowed]).toEqual(expect.arrayContaining([...called]));
      // What is called on a function's behalf rather than by its code.
      const behind = /^(logs|xray|kms|sqs):|^s3:(GetObjectVersion|ListBucket)$/;
      expect([...allowed].filter((action) => !called.has(action) && !behind.test(action))).toEqual([]);
    },
  );

  test.each(Object.entries(engineFunctions))(
    '%s may make the calls that it makes, and no others',
    async (name, { name: folder }) => {
      const called = await actionsByModule(join(root, `engine/lambda/handlers/${folder}.ts`));
      const of = (within: (path: string, action: string) => boolean) =>
        [...called].flatMap(([path, actions]) => [...actions].filter((action) => within(path, action)));
      // A job's recordings, manifest and output file are read and written as the data-access role.
      const asDataAccess = (path: string, action: string) =>
        path.startsWith('engine/jobs/') && action.startsWith('s3:');
      const dataAccess = statements('DataAccessRole').flatMap(({ Action }) => Action);
      expect(dataAccess).toEqual(expect.arrayContaining(of(asDataAccess)));

      // In the bundle, but not called: the stack makes the table, and a domain's creation is told to nobody.
      const making = ['dynamodb:CreateTable', 'dynamodb:DescribeTimeToLive', 'dynamodb:UpdateTimeToLive'];
      const never = new Set([...making, ...(name === 'MakeDomain' ? ['events:PutEvents'] : [])]);
      const own = new Set(of((path, action) => !asDataAccess(path, action) && !never.has(action)));
      const allowed = new Set(statements(`${name}Role`).flatMap(({ Action }) => Action));
      expect(own.size).toBeGreaterThan(3);
      expect([...allowed]).toEqual(expect.arrayContaining([...own]));
      const behind = /^(logs|xray|kms|sqs):|^s3:ListBucket$/;
      expect([...allowed].filter((action) => !own.has(action) && !behind.test(action))).toEqual([]);
    },
  );

  test.each(Object.entries(connectFunctions))(
    '%s may make the calls that it makes, and no others',
    async (name, { folder }) => {
      const called = await actionsCalled(join(root, `connect/${folder}/index.ts`));
      expect(called.size).toBeGreaterThan(0);
      const allowed = new Set(statements(`${name}Role`).flatMap(({ Action }) => Action));
      expect([...allowed]).toEqual(expect.arrayContaining([...called]));
      const behind = /^(logs|xray|kms):/;
      expect([...allowed].filter((action) => !called.has(action) && !behind.test(action))).toEqual([]);
    },
  );

  test('each function has its own', () => {
    const roles = ofType(template, 'AWS::Lambda::Function').map(([, { Properties }]) =>
      JSON.stringify(Properties.Role),
    );
    expect(new Set(roles).size).toBe(roles.length);
    expect(template.Resources.IamRoleLambdaExecution).toBeUndefined();
  });

  test('no wildcard where AWS takes a name', () => {
    for (const parameters of Object.values(deployments)) {
      const resolver = new Resolver(template, parameters);
      for (const [logicalId, { Properties }] of ofType(template, 'AWS::IAM::Role')) {
        if (!resolver.exists(logicalId)) continue;
        for (const { Sid, Action, Resource } of statementsOfRole(resolver.value(Properties))) {
          expect(Action.join(), `${logicalId} ${Sid}`).not.toContain('*');
          if (Sid === 'Traces' || Sid === 'LogDelivery') continue;
          expect(Resource.length, `${logicalId} ${Sid}`).toBeGreaterThan(0);
          // A bucket's objects, a machine's executions, a log group's streams, an instance's media streams: not names,
          // but all of one named thing.
          for (const resource of Resource) {
            expect(resource, `${logicalId} ${Sid}`).toMatch(
              /^arn:aws:[a-z0-9]+:[^*]*[a-z0-9_-](\/\*|:\*|-connect-\*)?$/i,
            );
          }
        }
      }
    }
  });
});

describe('at rest and on the way', () => {
  test('EventBridge may use the key under no condition that AWS does not document', () => {
    const { KeyPolicy } = z.object({ KeyPolicy: z.unknown() }).parse(template.Resources.DataKey?.Properties);
    const grant = statementsOf(new Resolver(template).value(KeyPolicy)).find(
      ({ Sid }) => Sid === 'EventBridgeToQueues',
    );
    expect(grant).toMatchObject({ Action: ['kms:Decrypt', 'kms:GenerateDataKey'] });
    expect(grant?.Condition).toBeUndefined();
  });

  test('every bucket is closed, versioned, encrypted, TLS only, and kept', () => {
    const resolver = new Resolver(template);
    const buckets = ofType(template, 'AWS::S3::Bucket').filter(([logicalId]) => !logicalId.startsWith('Serverless'));
    expect(buckets.length).toBeGreaterThanOrEqual(4);
    for (const [logicalId, bucket] of buckets) {
      const text = JSON.stringify(resolver.value(bucket.Properties));
      expect(text, logicalId).toContain('"BlockPublicAcls":true,"BlockPublicPolicy":true');
      expect(text, logicalId).toContain('"VersioningConfiguration":{"Status":"Enabled"}');
      expect(text, logicalId).toContain('"SSEAlgorithm"');
      expect(text, logicalId).toContain('"LifecycleConfiguration"');
      const { [`${logicalId}Policy`]: bucketPolicy } = template.Resources;
      const policy = resolver.value(bucketPolicy?.Properties.PolicyDocument);
      const tlsOnly = statementsOf(policy).find(({ Sid }) => Sid === 'TlsOnly');
      expect(tlsOnly, logicalId).toMatchObject({
        Effect: 'Deny',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      });
    }
  });

  test.each(['AWS::SQS::Queue', 'AWS::SNS::Topic', 'AWS::Logs::LogGroup', 'AWS::SecretsManager::Secret'])(
    'every %s is encrypted with the stack’s key',
    (type) => {
      const resources = ofType(template, type);
      expect(resources.length).toBeGreaterThan(0);
      for (const [logicalId, { Properties }] of resources) {
        const { KmsMasterKeyId, KmsKeyId } = Properties;
        expect(KmsMasterKeyId ?? KmsKeyId, logicalId).toEqual({
          'Fn::If': ['HasOwnKey', { 'Fn::GetAtt': ['DataKey', 'Arn'] }, { Ref: 'KmsKeyArn' }],
        });
      }
    },
  );

  test('every log group has a retention', () => {
    for (const [logicalId, { Properties }] of ofType(template, 'AWS::Logs::LogGroup')) {
      expect(Properties.RetentionInDays, logicalId).toEqual({ Ref: 'LogRetention' });
    }
  });
});

describe('what stays', () => {
  const kept = (policy: string) =>
    Object.entries(template.Resources)
      .filter(([, { DeletionPolicy }]) => DeletionPolicy === policy)
      .map(([logicalId]) => logicalId)
      .toSorted();

  test('when the stack is removed, but not when its creation fails: data, its keys, and the policies of buckets', () => {
    const data = ['DataKey', 'Domain', 'EngineEncryptionKey', 'ManifestsBucket'];
    const policies = ['AccessLogs', 'Manifests', 'Recordings', 'Results'].map((of) => `${of}BucketPolicy`);
    expect(kept('RetainExceptOnCreate')).toEqual(
      [...data, ...policies, 'RecordingsBucket', 'ResultsBucket'].toSorted(),
    );
    // Where undoing a creation would get stuck: it is protected from deletion, and logs may be in it already.
    expect(kept('Retain')).toEqual(['AccessLogsBucket', 'EngineTable']);
    for (const [logicalId, { DeletionPolicy, UpdateReplacePolicy }] of Object.entries(template.Resources)) {
      if (DeletionPolicy !== undefined) expect(UpdateReplacePolicy, logicalId).toBe('Retain');
    }
  });

  test('the key of every voiceprint: as it was generated first, for another description would make another key', () => {
    expect(template.Resources.EngineEncryptionKey?.Properties.GenerateSecretString).toEqual({
      PasswordLength: 64,
      ExcludeUppercase: true,
      ExcludePunctuation: true,
      RequireEachIncludedType: false,
      ExcludeCharacters: 'ghijklmnopqrstuvwxyz',
    });
  });

  test('what an update must not touch, by a policy of the stack', () => {
    const [allowed, ...denied] = assembled.stackPolicy;
    expect(allowed).toMatchObject({ Effect: 'Allow', Action: ['Update:*'], Resource: ['*'] });
    const guarded = (logicalId: string, action: string) =>
      denied.some(
        ({ Effect, Action, Resource, Condition }) =>
          Effect === 'Deny' &&
          Resource.includes('*') &&
          (Action.includes(action) || Action.includes('Update:*')) &&
          JSON.stringify(Condition).includes(`"${template.Resources[logicalId]?.Type}"`),
      );
    expect(guarded('EngineEncryptionKey', 'Update:Modify')).toBe(true);
    for (const logicalId of kept('RetainExceptOnCreate').filter((name) => !name.endsWith('Policy'))) {
      expect(guarded(logicalId, 'Update:Replace'), logicalId).toBe(true);
      expect(guarded(logicalId, 'Update:Delete'), logicalId).toBe(true);
    }
    expect(guarded('EngineTable', 'Update:Replace')).toBe(true);
    expect(guarded('StartEnrollmentLambdaFunction', 'Update:Modify')).toBe(false);
  });
});

describe('the rules', () => {
  test.each([
    ['nothing', {}, ['engineEndpoint', 'domainId', 'enginePrincipalArn']],
    ['no endpoint', { ...needed, EngineEndpoint: '' }, ['engineEndpoint']],
    ['no domain', { ...needed, DomainId: '' }, ['domainId']],
    ['neither principal nor role', { ...needed, EnginePrincipalArn: '' }, ['enginePrincipalArn']],
  ])('refuse an engine of one’s own with %s', (_, parameters, missing) => {
    const refusals = new Resolver(template, { Engine: 'self-hosted', ...parameters }).refusals();
    expect(refusals).toEqual(missing.map((name) => expect.stringContaining(name)));
  });
});

describe('the trigger', () => {
  test('reports single failures, and keeps what fails for the redrive', () => {
    const [[, mapping] = ['', undefined]] = ofType(template, 'AWS::Lambda::EventSourceMapping');
    expect(mapping?.Properties).toMatchObject({ FunctionResponseTypes: ['ReportBatchItemFailures'] });
    const resolver = new Resolver(template);
    const queue = resolver.value(template.Resources.UploadQueue?.Properties);
    const deadLetters = resolver.value(template.Resources.UploadDeadLetterQueue?.Properties);
    expect(queue).toMatchObject({
      RedrivePolicy: { deadLetterTargetArn: resolver.value({ 'Fn::GetAtt': ['UploadDeadLetterQueue', 'Arn'] }) },
    });
    expect(deadLetters).toMatchObject({
      RedriveAllowPolicy: { sourceQueueArns: [resolver.value({ 'Fn::GetAtt': ['UploadQueue', 'Arn'] })] },
    });
    expect(Number(queue && (queue as { VisibilityTimeout: number }).VisibilityTimeout)).toBeGreaterThanOrEqual(
      6 * Number(template.Resources.StartEnrollmentLambdaFunction?.Properties.Timeout),
    );
  });

  test('takes manifests under the prefix alone', () => {
    const resolver = new Resolver(template, { ManifestPrefix: 'calls/' });
    expect(resolver.value(template.Resources.UploadRule?.Properties.EventPattern)).toMatchObject({
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
      detail: { bucket: { name: ['manifestsbucket'] }, object: { key: [{ wildcard: 'calls/*.json' }] } },
    });
  });
});

describe('alarms and dashboard', () => {
  /** What AWS emits, by namespace: metric names, and the dimensions that identify one. */
  const emitted: Record<string, { names: string[]; dimensions: string[] }> = {
    // What the functions are told: the test of settings holds them to it.
    [NAMESPACE]: {
      names: [
        ...Object.values(metrics.metricOf),
        metrics.MANIFESTS_RECEIVED,
        metrics.SPEAKERS_ENROLLED,
        metrics.REQUESTS_FAILED,
        metrics.SAME_VOICE,
        metrics.TIME_TO_ENROLL,
        engineMetrics.STRANGERS_ACCEPTED,
      ],
      dimensions: ['service'],
    },
    'AWS/SQS': {
      names: ['ApproximateNumberOfMessagesVisible', 'ApproximateAgeOfOldestMessage'],
      dimensions: ['QueueName'],
    },
    'AWS/Lambda': {
      names: ['Errors', 'Throttles', 'Duration', 'Invocations', 'ConcurrentExecutions', 'AsyncEventsDropped'],
      dimensions: ['FunctionName'],
    },
    'AWS/States': {
      names: [
        'ExecutionsStarted',
        'ExecutionsSucceeded',
        'ExecutionsFailed',
        'ExecutionsTimedOut',
        'ExecutionsAborted',
      ],
      dimensions: ['StateMachineArn'],
    },
    'AWS/Events': { names: ['FailedInvocations'], dimensions: ['RuleName'] },
    'AWS/DynamoDB': { names: ['ReadThrottleEvents', 'WriteThrottleEvents'], dimensions: ['TableName'] },
    'AWS/ApiGateway': { names: ['Count', '4xx', '5xx', 'Latency'], dimensions: ['ApiId'] },
  };
  const alarmSchema = z.object({
    Namespace: z.string(),
    MetricName: z.string(),
    Dimensions: z.array(z.object({ Name: z.string(), Value: z.string() })),
    AlarmActions: z.array(z.string()).min(1),
  });

  test('every alarm watches a metric that is emitted, of something in this stack', () => {
    const resolver = new Resolver(template, connect);
    const alarms = ofType(template, 'AWS::CloudWatch::Alarm');
    expect(alarms.length).toBeGreaterThan(15);
    for (const [logicalId, { Properties }] of alarms) {
      const { Namespace, MetricName, Dimensions } = alarmSchema.parse(resolver.value(Properties));
      expect(emitted[Namespace]?.names, logicalId).toContain(MetricName);
      expect(
        Dimensions.map(({ Name }) => Name),
        logicalId,
      ).toEqual(emitted[Namespace]?.dimensions);
      if (Namespace !== NAMESPACE) continue;
      const ofEngine = MetricName === engineMetrics.STRANGERS_ACCEPTED;
      expect(Dimensions[0]?.Value).toBe(ofEngine ? engineMetrics.SERVICE : metrics.SERVICE);
    }
  });

  test('every way in which an upload can go wrong raises one', () => {
    const watched = ofType(template, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties.MetricName);
    const { COMPLETED, ...wrong } = metrics.metricOf;
    expect(watched).toEqual(expect.arrayContaining(Object.values(wrong)));
    expect(watched).not.toContain(COMPLETED);
    const resolver = new Resolver(template, connect);
    const text = JSON.stringify(
      ofType(template, 'AWS::CloudWatch::Alarm').map(([, it]) => resolver.value(it.Properties)),
    );
    for (const [, { Properties }] of ofType(template, 'AWS::Lambda::Function')) {
      expect(text).toContain(`"Value":"${resolver.value(Properties.FunctionName)}"`);
    }
  });

  test.each(Object.entries(deployments))('the dashboard shows only metrics that are emitted: %s', (_, parameters) => {
    const resolver = new Resolver(template, parameters);
    const body = resolver.value(template.Resources.Dashboard?.Properties.DashboardBody);
    const { widgets } = z
      .object({ widgets: z.array(z.object({ properties: z.object({ metrics: z.array(z.array(z.unknown())) }) })) })
      .parse(JSON.parse(String(body)));
    const shown = widgets.flatMap(({ properties }) => properties.metrics);
    expect(shown.length).toBeGreaterThan(20);
    for (const [namespace, name, dimension] of shown) {
      expect(emitted[String(namespace)]?.names).toContain(name);
      expect(emitted[String(namespace)]?.dimensions).toEqual([dimension]);
    }
    // One name for all regions of an account.
    expect(resolver.value(template.Resources.Dashboard?.Properties.DashboardName)).toBe(`${NAMESPACE}-eu-central-1`);
    // Whatever runs is on it: functions, but the one that CloudFormation calls once, and state machines.
    const values = shown.map(([, , , value]) => value);
    for (const type of ['AWS::Lambda::Function', 'AWS::StepFunctions::StateMachine']) {
      for (const [logicalId] of ofType(template, type)) {
        if (!resolver.exists(logicalId) || logicalId.startsWith('MakeDomain')) continue;
        expect(values).toContain(resolver.value({ Ref: logicalId }));
      }
    }
  });

  test('the runbook says of every alarm what to do', async () => {
    const runbook = await readFile(join(root, 'docs/operations.md'), 'utf8');
    for (const [logicalId] of ofType(template, 'AWS::CloudWatch::Alarm')) expect(runbook).toContain(`\`${logicalId}\``);
  });
});

describe('state machines', () => {
  test.each(readdirSync(join(root, 'statemachine')))('%s is valid, and every substitution is given', async (file) => {
    const text = await readFile(join(root, 'statemachine', file), 'utf8');
    const wanted = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name).toSorted();
    const definition = JSON.parse(
      text
        .replaceAll(/\$\{\w+Arn\}/g, 'arn:aws:lambda:eu-central-1:123456789012:function:f')
        .replaceAll(/\$\{Partition\}/g, 'aws'),
    );
    expect(aslValidator(definition).errorsText()).toBe('');

    const machine = ofType(template, 'AWS::StepFunctions::StateMachine').find(
      ([, { Properties }]) => Properties.DefinitionString === text,
    )?.[1];
    expect(machine, 'in the template').toBeDefined();
    expect(Object.keys(machine?.Properties.DefinitionSubstitutions ?? {}).toSorted()).toEqual([...new Set(wanted)]);
  });

  test.each(readdirSync(join(root, 'statemachine')))(
    '%s names no partition: it runs in GovCloud and China, too',
    async (file) => {
      expect(await readFile(join(root, 'statemachine', file), 'utf8')).not.toContain('arn:aws');
    },
  );

  test('a job’s machine may start its batches, follow and stop them', () => {
    const resolver = new Resolver(template);
    const allowed = statementsOfRole(resolver.value(template.Resources.JobStateMachineRole?.Properties));
    const may = (action: string, resource: string) =>
      allowed.some((it) => it.Action.includes(action) && it.Resource.some((arn) => arn === resource));
    const name = resolver.value(template.Resources.JobStateMachine?.Properties.StateMachineName);
    const machine = `eu-central-1:123456789012:stateMachine:${name}`;
    expect(may('states:StartExecution', `arn:aws:states:${machine}`)).toBe(true);
    for (const action of ['states:DescribeExecution', 'states:StopExecution', 'states:RedriveExecution']) {
      // A map run's executions: execution:<machine>/<map run>:<id>.
      expect(may(action, `arn:aws:states:eu-central-1:123456789012:execution:${name}/*`)).toBe(true);
    }
    const key = resolver.value({ 'Fn::GetAtt': ['DataKey', 'Arn'] });
    expect(may('kms:Decrypt', String(key))).toBe(true);
  });

  test('every Lambda that a machine calls is one that its role may call', () => {
    const resolver = new Resolver(template);
    for (const [logicalId, { Properties }] of ofType(template, 'AWS::StepFunctions::StateMachine')) {
      const role = (Properties.RoleArn as { 'Fn::GetAtt': [string] })['Fn::GetAtt'][0];
      const allowed = statementsOfRole(resolver.value(template.Resources[role]?.Properties));
      const functionArns = Object.values(resolver.value(Properties.DefinitionSubstitutions) as Record<string, string>);
      const callable = allowed
        .filter(({ Action }) => Action.includes('lambda:InvokeFunction'))
        .flatMap((it) => it.Resource);
      expect(callable, logicalId).toEqual(
        expect.arrayContaining(functionArns.filter((arn) => arn.startsWith('arn:aws:lambda:'))),
      );
    }
  });
});

test.each<[Record<string, string>, string | undefined]>([
  [{}, undefined],
  [{ WorkflowConcurrency: '5' }, '5'],
])('the workflow’s functions have their own concurrency where it is reserved: %j', (parameters, expected) => {
  const resolver = new Resolver(template, parameters);
  for (const name of Object.keys(functions)) {
    const properties = resolver.value(template.Resources[`${name}LambdaFunction`]?.Properties);
    const { ReservedConcurrentExecutions } = z
      .looseObject({ ReservedConcurrentExecutions: z.string().optional() })
      .parse(properties);
    expect(ReservedConcurrentExecutions, name).toBe(expected);
  }
});

describe('the bus', () => {
  test('takes events from this stack alone, and keeps them for replay', () => {
    const resolver = new Resolver(template);
    const policy = resolver.value(template.Resources.EventBusPolicy?.Properties.Statement);
    expect(policy).toMatchObject({
      Effect: 'Deny',
      Principal: '*',
      Action: 'events:PutEvents',
      // A replay from the archive comes from EventBridge itself.
      Condition: { Bool: { 'aws:PrincipalIsAWSService': 'false' } },
    });
    expect(resolver.value(template.Resources.EventArchive?.Properties)).toMatchObject({ RetentionDays: '30' });
  });

  test('has a schema registered for every published event', () => {
    const files = readdirSync(join(root, 'infra/events')).filter((file) => file.endsWith('.json'));
    const registered = ofType(template, 'AWS::EventSchemas::Schema');
    expect(registered.length).toBe(files.length);
    const there = (region: string) => new Resolver(template, { 'AWS::Region': region });
    for (const [logicalId] of [...registered, ...ofType(template, 'AWS::EventSchemas::Registry')]) {
      expect(there('eu-central-1').exists(logicalId)).toBe(true);
      expect(there('il-central-1').exists(logicalId)).toBe(false);
    }
    for (const [, { Properties }] of registered) {
      expect(JSON.parse(String(Properties.Content))).toMatchObject({
        $schema: 'http://json-schema.org/draft-04/schema#',
      });
    }
  });
});

describe('bundles', () => {
  const bundles = [
    ...Object.entries(functions).map(([name, { folder }]) => [name, `functions/${folder}`] as const),
    ...Object.entries(connectFunctions).map(([name, { folder }]) => [name, `connect/${folder}`] as const),
  ];
  test.each(bundles)('%s is its bundle and map alone, at most 500 KB', async (name, path) => {
    const zip = await assembled.zip(name.charAt(0).toLowerCase() + name.slice(1));
    expect(zip.length).toBeLessThanOrEqual(500 * 1024);
    expect([...entriesOf(zip).keys()].toSorted()).toEqual([`dist/${path}/index.mjs`, `dist/${path}/index.mjs.map`]);
    const { Handler } = template.Resources[`${name}LambdaFunction`]?.Properties ?? {};
    expect(Handler).toBe(`dist/${path}/index.handler`);
  });
});

describe('the engine’s packages', () => {
  const MEGABYTE = 2 ** 20;
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

  test.each(Object.entries(engineFunctions))('%s fits, its code in 500 KB', async (name, { name: folder }) => {
    const zip = await assembled.zip(name.charAt(0).toLowerCase() + name.slice(1));
    const entries = [...entriesOf(zip)];
    // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    expect(zip.length).toBeLessThan(50 * MEGABYTE);
    expect(sum(entries.map(([, { size }]) => size))).toBeLessThan(250 * MEGABYTE);
    const code = entries.filter(([path]) => /^dist\/engine\/[\w-]+\/\w+\.mjs(\.map)?$/.test(path));
    expect(sum(code.map(([, { packed }]) => packed))).toBeLessThanOrEqual(500 * 1024);
    const { Handler } = template.Resources[`${name}LambdaFunction`]?.Properties ?? {};
    expect(Handler).toBe(`dist/engine/${folder}/index.handler`);
    expect(code.map(([path]) => path)).toContain(`dist/engine/${folder}/index.mjs`);
  });
});

const installed = async (tool: string) => {
  try {
    await promisify(execFile)(tool, ['--version']);
    return true;
  } catch {
    return false;
  }
};
const hasCfnLint = await installed('cfn-lint');
const hasCheckov = await installed('checkov');

/** Each the first of its kind: the default, Europe, one without a schema registry, another partition, and another. */
const regions = ['us-east-1', 'eu-central-1', 'il-central-1', 'us-gov-west-1', 'cn-north-1'];
test.skipIf(!hasCfnLint)('cfn-lint finds no error in any kind of region', async () => {
  const options = ['--non-zero-exit-code', 'none', '-f', 'parseable', '--regions', ...regions];
  const { stdout } = await promisify(execFile)('cfn-lint', [...options, '--', assembled.file]);
  expect(stdout.split('\n').filter((line) => /:E\d{4}:/.test(line))).toEqual([]);
});

test.skipIf(!hasCheckov).each(['serverless', 'self-hosted'] as const)('Checkov finds nothing: %s', async (engine) => {
  // Checkov follows conditions by the parameters' defaults.
  const json = JSON.parse(await readFile(assembled.file, 'utf8'));
  for (const [name, value] of Object.entries(deployments[engine])) json.Parameters[name].Default = value;
  const file = join(dirname(assembled.file), `${engine}.json`);
  await writeFile(file, JSON.stringify(json));
  const options = ['--framework', 'cloudformation', '--skip-download', '--soft-fail', '-o', 'json', '-f'];
  const { stdout } = await promisify(execFile)('checkov', [...options, file], { maxBuffer: 64 * 2 ** 20 });
  const { summary, results } = JSON.parse(stdout);
  expect(summary.passed).toBeGreaterThan(100);
  expect(results.failed_checks).toEqual([]);
});
