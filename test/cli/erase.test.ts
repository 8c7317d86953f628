import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { DescribeSpeakerCommand, OptOutSpeakerCommand } from '@aws-sdk/client-voice-id';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { run as erase } from '../../cli/commands/erase.ts';
import { deleteObjects } from '../../clients/erase/delete-objects.ts';
import { findObjects } from '../../clients/erase/find-objects.ts';
import { namesSpeaker } from '../../clients/erase/names-speaker.ts';
import { runningJobs } from '../../clients/erase/running-jobs.ts';
import { UsageError } from '../../clients/errors.ts';
import { startTestCloud, type TestCloud } from '../e2e/cloud.ts';
import { fakeAws } from '../functions/fake-aws.ts';
import { output } from './run.ts';

const ID = 'customer-4711';
const requestOf = (SpeakerId: unknown, S3Uri: string, RequestId = 'r') => ({
  RequestId,
  SpeakerId,
  AudioSpecifications: [{ S3Uri, ChannelId: 0 }],
});
const manifestOf = (...requests: object[]) => JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests: requests });
const outputOf = (...ids: string[]) =>
  JSON.stringify({
    Version: '1.0',
    SuccessfulEnrollments: ids.map((CustomerSpeakerId) => ({ RequestId: 'r', CustomerSpeakerId })),
  });

describe('a file names a speaker', () => {
  it.each([
    ['as a manifest’s speaker', manifestOf(requestOf(ID, 's3://calls/1.wav')), ID, true],
    ['as a number, by mistake', manifestOf(requestOf(47110815, 's3://calls/1.wav')), '47110815', true],
    ['as a member’s name, by mistake', `{"${ID}": {}}`, ID, true],
    ['in a recording’s name', manifestOf(requestOf('x', `s3://calls/${ID}/1.wav`)), ID, true],
    ['in text that is no JSON', `{"SpeakerId": "${ID}"`, ID, true],
    ['in an output file', outputOf('a', ID), ID, true],
    ['not as another’s beginning', manifestOf(requestOf(`${ID}-b`, `s3://calls/${ID}2.wav`)), ID, false],
    [
      'not, where the id is short, in a version or a request’s id',
      manifestOf(requestOf('x', 's3://a/1.wav', '1')),
      '1',
      false,
    ],
    ['but as a speaker, however short', manifestOf(requestOf('1', 's3://calls/a.wav')), '1', true],
    [
      'not by its place in a list',
      manifestOf(requestOf('a', 's3://calls/a.wav'), requestOf('b', 's3://calls/b.wav')),
      '1',
      false,
    ],
    ['not, nested ever so deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, ID, false],
  ])('%s', (_, text, speakerId, expected) => {
    expect(namesSpeaker(text, speakerId).names).toBe(expected);
  });

  it('with the recordings of their requests alone', () => {
    const text = manifestOf(requestOf(ID, 's3://calls/a b.wav'), requestOf('other', 's3://calls/2.wav'));
    expect(namesSpeaker(text, ID).recordings).toEqual(['s3://calls/a b.wav']);
  });
});

it('finds and deletes every version that names them, and no other', async () => {
  const { s3, put, objects } = fakeAws();
  put('manifests', 'june.json', manifestOf(requestOf(ID, 's3://elsewhere/call-1.wav')));
  put('manifests', 'june.json', manifestOf(requestOf('other', 's3://calls/2.wav')));
  put('manifests', 'july.json', manifestOf(requestOf('other', 's3://calls/2.wav')));
  put('results', `x/${ID}.json`, '{}');
  put('results', 'x/job/june.json.out', outputOf('other', ID));
  put('results', 'x/job/summary.json', '{"counts": {"requested": 1}}');
  for (const take of [1, 2, 3]) put('calls', `${ID}/1.wav`, `take ${take}`);
  put('calls', '2.wav', 'other');
  put('elsewhere', 'call-1.wav', 'theirs');
  put('elsewhere', 'call-1.wav.txt', 'not a recording of theirs');

  const buckets = { manifests: 'manifests', results: 'results', recordings: 'calls' };
  const found = await findObjects(ID, buckets, { s3, look: () => undefined });
  const keys = (versions: typeof found.results) => versions.map(({ key, versionId }) => `${key} ${versionId}`);
  expect(keys(found.manifests)).toEqual(['june.json v1']);
  expect(keys(found.results)).toEqual([`x/${ID}.json v1`, 'x/job/june.json.out v1']);
  expect(keys(found.recordings)).toEqual([`${ID}/1.wav v3`, `${ID}/1.wav v2`, `${ID}/1.wav v1`, 'call-1.wav v1']);

  expect(await deleteObjects([...found.recordings, ...found.results, ...found.manifests], s3)).toEqual([]);
  expect([...objects].map(([name, versions]) => `${name} ${versions.map(({ versionId }) => versionId)}`)).toEqual([
    'manifests/june.json v2',
    'manifests/july.json v1',
    'results/x/job/summary.json v1',
    'calls/2.wav v1',
    'elsewhere/call-1.wav.txt v1',
  ]);
});

it('knows the jobs that have not ended and enroll whom a file names', async () => {
  const { jobs, voiceId, clock } = fakeAws();
  const add = (id: string, status: string, S3Uri: string) => {
    const request = {
      ClientToken: id,
      DomainId: 'd',
      JobName: id,
      InputDataConfig: { S3Uri },
      OutputDataConfig: { S3Uri },
    };
    jobs.push({ id, token: id, request, createdAt: clock.now, status });
  };
  add('running', 'IN_PROGRESS', 's3://results/x/june.json');
  add('waiting', 'SUBMITTED', 's3://results/x/june.json');
  add('ended', 'COMPLETED', 's3://results/x/june.json');
  for (const id of ['a', 'b', 'c']) add(id, 'IN_PROGRESS', `s3://results/${id}/july.json`);
  add('late', 'IN_PROGRESS', 's3://results/x/june.json');
  const inputs = new Set(['s3://results/x/june.json']);
  expect(await runningJobs('d', inputs, voiceId)).toEqual(['waiting', 'running', 'late']);
});

describe('the command', () => {
  let cloud: TestCloud;
  let folder: string;
  let at: string[];
  beforeAll(async () => {
    cloud = await startTestCloud();
    folder = await mkdtemp(join(tmpdir(), 'vivavoce-erase-'));
    at = ['--endpoint-url', cloud.cloud.origin];
  });
  afterAll(async () => {
    await cloud.stop();
    await rm(folder, { recursive: true });
  });
  const keysIn = async (Bucket: string) =>
    ((await cloud.s3.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).map(({ Key = '' }) => Key);
  const speaker = () => ({ DomainId: cloud.cloud.domainId, SpeakerId: ID });
  const receiptSchema = z.looseObject({ voiceprint: z.string(), objects: z.unknown() });

  it('erases a person, says what would bring them back, and leaves a receipt that does not say who it was', async () => {
    await cloud.voiceId.send(new OptOutSpeakerCommand(speaker()));
    await cloud.put('vivavoce-recordings', `${ID}/1.wav`, 'RIFF');
    await cloud.put('vivavoce-recordings', 'other/1.wav', 'RIFF');
    // Their recording can't be heard, so the job ends with an error that names it.
    const both = manifestOf(
      requestOf(ID, `s3://vivavoce-recordings/${ID}/1.wav`),
      requestOf('other', 's3://vivavoce-recordings/other/1.wav', 'r2'),
    );
    await cloud.put('vivavoce-manifests', 'june.json', both);
    await cloud.endings(['june.json']);

    const first = await output(erase, ID, ...at, '--receipt', join(folder, 'first.json'));
    expect(first.stdout).toContain('The speaker is deleted');
    expect(first.stdout).toContain('s3://vivavoce-manifests/june.json');
    expect(first.stdout).toMatch(/Nothing of these was deleted: --objects does/);
    expect(first.stdout).toMatch(/last week's copy .* would enroll them again/);
    expect(first.code).toBe(0);
    await expect(cloud.voiceId.send(new DescribeSpeakerCommand(speaker()))).rejects.toThrow(/ResourceNotFound|not/);
    expect(await keysIn('vivavoce-manifests')).toEqual(['june.json']);

    const second = await output(erase, ID, ...at, '--objects', '--receipt', join(folder, 'second.json'));
    expect(second.stdout).toContain('There is no such speaker in the domain.');
    expect(await keysIn('vivavoce-manifests')).toEqual([]);
    expect(await keysIn('vivavoce-recordings')).toEqual(['other/1.wav']);
    for (const key of await keysIn('vivavoce-results')) {
      const text = JSON.stringify(await cloud.getJson(`s3://vivavoce-results/${key}`));
      expect(text, key).not.toContain(ID);
    }
    const receipts = await Promise.all(
      ['first.json', 'second.json'].map((name) => readFile(join(folder, name), 'utf8')),
    );
    for (const text of receipts) expect(text).not.toContain(ID);
    const [before, after] = receipts.map((text) => receiptSchema.parse(JSON.parse(text)));
    expect(before).toMatchObject({
      voiceprint: 'DELETED',
      objects: { found: { recordings: 1, manifests: 1 }, deleted: 0 },
    });
    expect(after).toMatchObject({ voiceprint: 'NOT_THERE', objects: { found: { recordings: 1, manifests: 1 } } });
  });

  it('keeps a mark where they opted out, so that the next manifest leaves them out', async () => {
    const { stdout } = await output(erase, ID, ...at, '--opt-out', '--json', '--receipt', join(folder, 'third.json'));
    expect(JSON.parse(stdout)).toMatchObject({ voiceprint: 'OPTED_OUT', uris: [], jobsThatGoOn: [] });
    expect(await cloud.voiceId.send(new DescribeSpeakerCommand(speaker()))).toMatchObject({
      Speaker: { Status: 'OPTED_OUT' },
    });
  });

  it('checks its arguments before anything is done', async () => {
    const wrong: [string[], string][] = [
      [[], 'Found 0 speaker ids, expected one.'],
      [['a', 'b'], 'Found 2 speaker ids'],
      [['id#abc'], 'expected the id that manifests have'],
      [[ID, '--receipt', '/nonexistent/x.json'], 'expected a file in a directory'],
      [[ID, '--receipt', join(folder, 'first.json')], 'which is there already'],
      [[ID, '--endpoint-url', 'aws'], 'Found no --manifests'],
    ];
    const before = (await readdir(folder)).length;
    for (const [argv, message] of wrong) {
      const failed = await erase([...at, ...argv]).catch((error: unknown) => error);
      expect(failed, argv.join(' ')).toBeInstanceOf(UsageError);
      expect(String(failed)).toContain(message);
    }
    expect((await readdir(folder)).length).toBe(before);
  });
});
