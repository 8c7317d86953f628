import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { VoiceIDClient } from '@aws-sdk/client-voice-id';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { moves } from '../../../clients/runs/list.ts';
import { isUploads } from '../../../clients/runs/other-jobs.ts';
import { createRuns } from '../../../clients/runs/runs.ts';
import { clientOf, MANIFESTS, stateMachineArn } from '../../../local/account.ts';
import { type Cloud, startCloud } from '../../../local/cloud.ts';

const COUNT = 120;
const BEGIN = Date.UTC(2026, 4, 4);
const MINUTE = 60_000;

let dataDir: string;
let cloud: Cloud;

/** An execution as the local Step Functions keeps it: an upload every minute, each tenth of them rejected. */
function kept(index: number) {
  const uploadId = createHash('sha256').update(String(index)).digest('base64url');
  const manifest = { bucket: MANIFESTS, key: `calls/batch-${index}.json` };
  const startDate = BEGIN + index * MINUTE;
  const status = index % 10 === 0 ? 'REJECTED' : 'COMPLETED';
  const endedAt = new Date(startDate + 1000).toISOString();
  const detail = { uploadId, status, manifest, output: {}, endedAt, ...(status === 'REJECTED' && { problemCount: 1 }) };
  return {
    name: uploadId,
    input: JSON.stringify({ uploadId, domainId: 'd'.repeat(22), manifest }),
    status: 'SUCCEEDED',
    startDate,
    stopDate: startDate + 1000,
    output: JSON.stringify({ detailType: `Speaker Enrollment Job ${status}`, detail }),
    history: [],
  };
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'vivavoce-runs-'));
  await mkdir(join(dataDir, 'executions'));
  for (let index = 0; index < COUNT; index++) {
    const execution = kept(index);
    await writeFile(join(dataDir, 'executions', `${execution.name}.json`), JSON.stringify(execution));
  }
  cloud = await startCloud({ host: '127.0.0.1', port: 0, dataDir, env: {}, log: () => undefined });
});
afterAll(async () => {
  await cloud.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** Runs at a clock of their own, and what they have asked for since they were asked last. */
function watched() {
  const client = clientOf(cloud.origin, cloud.accessKey);
  const [stepFunctions, voiceId] = [new SFNClient(client), new VoiceIDClient(client)];
  let calls: string[] = [];
  const note = (name: string) => calls.push(name);
  stepFunctions.middlewareStack.add((next, { commandName = '' }) => (args) => {
    note(commandName.replace('Command', ''));
    return next(args);
  });
  voiceId.middlewareStack.add((next, { commandName = '' }) => (args) => {
    note(commandName.replace('Command', ''));
    return next(args);
  });
  const clock = { now: Date.UTC(2026, 4, 5) };
  const runs = createRuns({
    stepFunctions,
    voiceId,
    s3: new S3Client({ ...client, forcePathStyle: true }),
    domainId: async () => cloud.domainId,
    stateMachineArn: () => stateMachineArn,
    now: () => new Date(clock.now),
  });
  const asked = () => {
    const counts = Object.fromEntries([...Map.groupBy(calls, (name) => name)].map(([name, all]) => [name, all.length]));
    calls = [];
    return counts;
  };
  return { runs, clock, asked };
}

test('what has ended is asked for once, and one listing is everybody’s', async () => {
  const { runs, clock, asked } = watched();
  const [page] = await Promise.all([runs.list({}), runs.list({})]);
  expect(page.rows).toHaveLength(50);
  expect(page.rows[0]).toMatchObject({ name: 'calls/batch-119.json', state: 'COMPLETED' });
  expect(moves(page)).toBe(false);
  expect(asked()).toEqual({ ListExecutions: 1, DescribeExecution: 50, ListSpeakerEnrollmentJobs: 1 });
  clock.now += 1999;
  await Promise.all(Array.from({ length: 20 }, () => runs.list({})));
  expect(asked()).toEqual({});
  clock.now += 1;
  await Promise.all(Array.from({ length: 20 }, () => runs.list({})));
  expect(asked()).toEqual({ ListExecutions: 1 });
});

test('pages follow each other, without a gap', async () => {
  const { runs } = watched();
  const names: string[] = [];
  let after: string | undefined;
  do {
    const page = await runs.list({ after });
    names.push(...page.rows.map(({ name }) => name));
    after = page.next;
  } while (after !== undefined);
  expect(names).toEqual(Array.from({ length: COUNT }, (_, index) => `calls/batch-${COUNT - 1 - index}.json`));
});

test('a state and a name are looked for beyond a page', async () => {
  const { runs } = watched();
  const rejected = await runs.list({ state: 'REJECTED' });
  expect(rejected.rows).toHaveLength(12);
  expect(rejected.looked).toBe(COUNT);
  const named = await runs.list({ name: 'BATCH-7.' });
  expect(named.rows.map(({ name }) => name)).toEqual(['calls/batch-7.json']);
  const both = await runs.list({ state: 'REJECTED', name: 'batch-7.' });
  expect(both).toMatchObject({ rows: [], next: undefined });
});

test('an upload that is not there has no story', async () => {
  expect(await watched().runs.story('x'.repeat(43))).toBeUndefined();
});

test('a job is an upload’s by its folder and its name', () => {
  const InputDataConfig = { S3Uri: 's3://results/calls/monday/Gk3_-abcdefg/monday.json' };
  expect(isUploads({ JobName: 'monday-Gk3abcde', InputDataConfig })).toBe(true);
  expect(isUploads({ JobName: 'monday-by-hand', InputDataConfig })).toBe(false);
  expect(isUploads({ JobName: 'monday-Gk3abcde', InputDataConfig: { S3Uri: 's3://calls/monday.json' } })).toBe(false);
  expect(isUploads({})).toBe(false);
});
