import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { run as drop } from '../../cli/commands/drop.ts';
import { run as events } from '../../cli/commands/events.ts';
import { run as job } from '../../cli/commands/job.ts';
import { run as jobs } from '../../cli/commands/jobs.ts';
import { run as report } from '../../cli/commands/report.ts';
import { run as start } from '../../cli/commands/start.ts';
import { CommandError, UsageError } from '../../clients/errors.ts';
import { endingsOf } from '../../clients/watch.ts';
import { clientOf, MANIFESTS, stateMachineArn } from '../../local/account.ts';
import { startTestCloud, type TestCloud } from '../e2e/cloud.ts';
import { output } from './run.ts';

let cloud: TestCloud;
let folder: string;
let at: string[];
beforeAll(async () => {
  cloud = await startTestCloud();
  at = ['--endpoint-url', cloud.cloud.origin];
  folder = await mkdtemp(join(tmpdir(), 'vivavoce-commands-'));
  const request = {
    RequestId: 'r',
    SpeakerId: 's',
    AudioSpecifications: [{ S3Uri: 's3://nowhere/a.wav', ChannelId: 0 }],
  };
  const manifest = JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests: [request] });
  for (const name of ['a', 'b']) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'monday.json'), manifest);
  }
  await writeFile(join(folder, 'rejected.json'), '{"Version": "2.0"}');
});
afterAll(async () => {
  await cloud.stop();
  await rm(folder, { recursive: true });
});
afterEach(() => vi.unstubAllEnvs());

const keys = async () =>
  ((await cloud.s3.send(new ListObjectsV2Command({ Bucket: MANIFESTS }))).Contents ?? []).map(({ Key }) => Key);

test('arguments are checked before anything is done, and said in one sentence', async () => {
  const id = 'a'.repeat(22);
  const wrong: [(argv: string[]) => Promise<number>, string[], string][] = [
    [jobs, ['--limit', 'abc'], "Found --limit 'abc', expected a whole number of 1 or more."],
    [jobs, ['--status', 'DONE'], "Found --status 'DONE', expected SUBMITTED, IN_PROGRESS,"],
    [jobs, ['--domain-id', 'short'], "Found --domain-id 'short', expected 22 letters and digits."],
    [events, ['--limit', '-1'], '--limit'],
    [events, ['--limit', '0'], "Found --limit '0', expected"],
    [job, ['x'], "Found the job id 'x', expected 22"],
    [job, [id, id], 'Found 2 job ids'],
    [report, [], 'Found nothing to report on, expected a job, an upload, a manifest, or --last.'],
    [report, [id, '--last'], `Found ${id} and --last, expected one`],
    [report, [id, id], 'Found 2 names, expected one'],
    [report, [id, '--html', '/nonexistent/x'], 'Found --html /nonexistent/x, expected a file in a directory'],
    [report, [id, '--html', folder], `Found --html ${folder}, a directory, expected a file.`],
    [events, ['--bus', 'nope'], 'Found --bus nope without --follow'],
    [drop, [join(folder, 'rejected.json'), '--timeout', '1h'], "Found --timeout '1h'"],
    [drop, [join(folder, 'rejected.json'), '--risk-threshold', '101'], 'from 0 to 100'],
    [drop, [join(folder, 'rejected.json'), '--existing-enrollment-action', 'skip'], 'expected SKIP or OVERWRITE'],
    [drop, [join(folder, 'rejected.json'), join(folder, 'rejected.json')], 'rejected.json twice'],
    [start, ['--port', '99999'], '99999'],
  ];
  for (const [command, argv, message] of wrong) {
    const failed = command === start ? command(argv) : command([...argv, '--endpoint-url', 'http://127.0.0.1:9']);
    await expect(failed, argv.join(' ')).rejects.toThrow(message);
    await expect(failed, argv.join(' ')).rejects.toThrow(UsageError);
  }
});

test('manifests are dropped all or none, each under a key of its own', async () => {
  await expect(drop([join(folder, 'a/monday.json'), join(folder, 'missing.json'), ...at])).rejects.toThrow(
    CommandError,
  );
  expect(await keys()).toEqual([]);
  const { stdout } = await output(drop, join(folder, 'a/monday.json'), join(folder, 'b/monday.json'), ...at, '--wait');
  expect(await keys()).toEqual(['a/monday.json', 'b/monday.json']);
  // Each with its cause, its job and what to do next.
  expect(stdout.match(/COMPLETED_WITH_ERRORS/g)).toHaveLength(2);
  expect(stdout).toMatch(/ {2}1 × a recording that can't be read: no such bucket \(NoSuchBucket\): Correct its S3Uri/);
  expect(stdout).toMatch(/ {4}such as r: The recording \[recording\] can.t be read/);
  expect(stdout).toMatch(/report [a-zA-Z0-9]{22}\n/);
});

test('waiting looks at a list: an execution is described when it is first seen, and once it has ended', async () => {
  const calls: string[] = [];
  const stepFunctions = new SFNClient(clientOf(cloud.cloud.origin, cloud.cloud.accessKey));
  stepFunctions.middlewareStack.add((next, { commandName }) => (args) => {
    calls.push(commandName ?? '');
    return next(args);
  });
  const since = new Date(Date.now() - 60_000);
  const watch = { stepFunctions, stateMachineArn, since, signal: AbortSignal.timeout(30_000) };
  const before = (await stepFunctions.send(new ListExecutionsCommand({ stateMachineArn }))).executions?.length ?? 0;
  const Key = 'rejected.json';
  const { ETag = '' } = await cloud.s3.send(
    new PutObjectCommand({ Bucket: MANIFESTS, Key, Body: '{"Version": "2.0"}' }),
  );
  const upload = { bucket: MANIFESTS, key: Key, eTag: ETag.replaceAll('"', '') };
  let looks = 0;
  for await (const { ending } of endingsOf([upload], { ...watch, look: () => void looks++ })) {
    expect(ending.detail.problems).toMatchObject([{ path: 'Version' }, expect.anything()]);
  }
  expect(calls.filter((name) => name === 'DescribeExecutionCommand')).toHaveLength(before + 2);
  expect(calls.filter((name) => name === 'ListExecutionsCommand')).toHaveLength(1 + looks + 1);
});

test('an upload is reported on by whatever one has of it; one that was rejected is among the jobs and the events', async () => {
  const rejected = 'Speaker Enrollment Manifest Rejected';
  const listed = await output(events, ...at);
  expect(listed.stdout).toContain(`${rejected}  rejected.json  Version: Expected the string "1.0". (and 1 more)\n`);
  const { stdout: uploads } = await output(events, ...at, '--json');
  const ending = JSON.parse(uploads).find(({ detailType }: { detailType: string }) => detailType === rejected);
  for (const name of [
    'rejected.json',
    `s3://${MANIFESTS}/rejected.json`,
    ending.detail.uploadId,
    ending.executionArn,
    '--last',
  ]) {
    const { code, stdout } = await output(report, name, ...at);
    expect(code).toBe(0);
    expect(stdout).toContain(`s3://${MANIFESTS}/rejected.json: REJECTED\n\nNothing was enrolled, for 2 problems:\n`);
    // With what stands there, which the event does not have.
    expect(stdout).toMatch(/ {2}Version: Found "2.0", expected/);
  }
  expect((await output(jobs, ...at)).stdout).toMatch(/\n- +REJECTED .* rejected.json\n/);
  expect((await output(jobs, ...at, '--status', 'REJECTED')).stdout).not.toContain('COMPLETED');
  expect((await output(jobs, ...at, '--status', 'COMPLETED')).stdout).not.toContain('REJECTED');

  const byName = JSON.parse((await output(report, 'monday.json', ...at, '--json')).stdout);
  const byJob = JSON.parse((await output(report, byName.jobId, ...at, '--json')).stdout);
  expect(byName.rows).toEqual(byJob.rows);
  expect(byName).toMatchObject({ status: 'COMPLETED_WITH_ERRORS', causes: [{ requests: ['r'] }] });
  await expect(report(['tuesday.json', ...at])).rejects.toThrow("Found no upload 'tuesday.json', expected");
  const file = join(folder, 'page.html');
  expect((await output(report, 'a/monday.json', ...at, '--html', file)).stdout).toMatch(
    /1 × a recording that can't be read/,
  );
  expect(await readFile(file, 'utf8')).toContain('<h1><bdi>monday.json</bdi></h1>');
});

test('why an upload failed that came to no job is in the events and in its report', async () => {
  const nowhere = ['--domain-id', 'x'.repeat(22)];
  const dropped = await output(drop, join(folder, 'a/monday.json'), '--prefix', 'lost/', ...nowhere, '--wait', ...at);
  expect(dropped.code).toBe(1);
  const { stdout } = await output(events, '--limit', '1', ...at);
  const [, why = ''] = /Job Failed {2}lost\/monday.json {2}(?:[a-zA-Z ,0-9]+ {2})?(\S.*)\n$/.exec(stdout) ?? [];
  expect(why).toContain('domain');
  expect((await output(report, '--last', ...at)).stdout).toContain(`lost/monday.json: FAILED\n\n${why}\n`);
  expect((await output(jobs, '--status', 'FAILED', ...at)).stdout).toMatch(/- +FAILED .* lost\/monday.json\n/);
});

test('a bus that is not there leaves no queue and no rule', async () => {
  const before = await cloud.sqs.send(new ListQueuesCommand({}));
  await expect(events(['--follow', '--bus', 'nope', ...at])).rejects.toThrow('nope');
  expect((await cloud.sqs.send(new ListQueuesCommand({}))).QueueUrls).toEqual(before.QueueUrls);
  const bridge = new EventBridgeClient(clientOf(cloud.cloud.origin, cloud.cloud.accessKey));
  const { Rules = [] } = await bridge.send(new ListRulesCommand({ NamePrefix: 'vivavoce-cli' }));
  expect(Rules).toEqual([]);
});

test('what is set for AWS is not used against the local cloud', async () => {
  for (const [name, value] of Object.entries({
    AWS_ACCESS_KEY_ID: 'AKIAMINE',
    AWS_SECRET_ACCESS_KEY: 'mine',
    AWS_SESSION_TOKEN: 'mine',
    AWS_PROFILE: 'nobodys',
    AWS_REGION: 'eu-central-1',
    AWS_USE_FIPS_ENDPOINT: 'true',
    AWS_ENDPOINT_URL_VOICE_ID: 'http://127.0.0.1:9',
    STATE_MACHINE_ARN: 'arn:aws:states:eu-central-1:123456789012:stateMachine:vivavoce-prod-enrollment',
  })) {
    vi.stubEnv(name, value);
  }
  expect((await output(jobs, ...at)).code).toBe(0);
  expect((await output(events, ...at)).stdout).toContain('Speaker Enrollment');
});
