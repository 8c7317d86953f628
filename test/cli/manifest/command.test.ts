import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run as drop } from '../../../cli/commands/drop.ts';
import { run as manifest } from '../../../cli/commands/manifest.ts';
import { CommandError, UsageError } from '../../../clients/errors.ts';
import { RECORDINGS } from '../../../local/account.ts';
import { startTestCloud, type TestCloud } from '../../e2e/cloud.ts';
import { output } from '../run.ts';

/** VIVAVOCE_LIST_ROWS=12000 for two full manifests, dropped and ended. */
const ROWS = Number(process.env.VIVAVOCE_LIST_ROWS ?? 12);

let cloud: TestCloud;
let folder: string;
let at: string[];
beforeAll(async () => {
  cloud = await startTestCloud();
  at = ['--endpoint-url', cloud.cloud.origin];
  folder = await mkdtemp(join(tmpdir(), 'vivavoce-manifest-'));
  for (const speaker of ['ann', 'ben']) {
    await mkdir(join(folder, speaker));
    await writeFile(join(folder, speaker, 'call.wav'), `${speaker}’s call`);
  }
});
afterAll(async () => {
  await cloud.stop();
  await rm(folder, { recursive: true });
});
const keys = async () =>
  ((await cloud.s3.send(new ListObjectsV2Command({ Bucket: RECORDINGS }))).Contents ?? []).map(({ Key }) => Key);
const read = async (file: string) => JSON.parse(await readFile(file, 'utf8'));

test('files are uploaded first, when all are there, and the manifest is dropped', async () => {
  const list = join(folder, 'monday.csv');
  const out = join(folder, 'made.json');
  await writeFile(list, '\uFEFFSpeakerId,Recording\r\nann,ann/call.wav\r\nben,ben/call.wav\r\nann,ann/missing.wav\r\n');
  await expect(manifest([list, '--out', out, ...at])).rejects.toThrow(
    /Nothing was uploaded: line 4 names .*missing.wav/,
  );
  expect(await keys()).toEqual([]);
  await writeFile(
    list,
    `SpeakerId,Recording\nann,ann/call.wav\nben,${join(folder, 'ben/call.wav')}\nben,s3://elsewhere/x.wav\n`,
  );
  const { code, stdout } = await output(manifest, list, '--out', out, ...at);
  expect(code).toBe(0);
  expect(stdout).toContain(`drop ${out} --wait`);
  expect(await keys()).toEqual(['monday/ann/call.wav', 'monday/ben/call.wav']);
  expect((await stat(out)).mode & 0o077).toBe(0);
  expect((await read(out)).SpeakerEnrollmentRequests).toMatchObject([
    { AudioSpecifications: [{ S3Uri: `s3://${RECORDINGS}/monday/ann/call.wav` }] },
    { AudioSpecifications: [{ S3Uri: `s3://${RECORDINGS}/monday/ben/call.wav` }, { S3Uri: 's3://elsewhere/x.wav' }] },
  ]);
});

test('a prefix: a folder a speaker, or what a pattern finds', async () => {
  for (const key of ['p/ann/1.wav', 'p/ann/2.wav', 'p/ben/1.wav', 'p/ben/notes.txt', 'p/stray.wav']) {
    await cloud.put(RECORDINGS, key, 'a call');
  }
  const out = join(folder, 'prefix.json');
  const { stdout } = await output(manifest, `s3://${RECORDINGS}/p/`, '--channel', '1', '--out', out, ...at);
  expect(stdout).toContain('left out: 2 objects that are no .wav file of a speaker');
  expect((await read(out)).SpeakerEnrollmentRequests).toMatchObject([
    { SpeakerId: 'ann', AudioSpecifications: [{ ChannelId: 1 }, { S3Uri: `s3://${RECORDINGS}/p/ann/2.wav` }] },
    { SpeakerId: 'ben', AudioSpecifications: [{ S3Uri: `s3://${RECORDINGS}/p/ben/1.wav` }] },
  ]);
  await output(manifest, `s3://${RECORDINGS}/p/`, '--speaker', '(?:^|/)(\\w+)\\.wav$', '--out', out, ...at);
  const ids = (await read(out)).SpeakerEnrollmentRequests.map(({ SpeakerId }: { SpeakerId: string }) => SpeakerId);
  expect(ids).toEqual(['1', '2', 'stray']);
});

test('arguments are checked before anything is done', async () => {
  const list = join(folder, 'wrong.csv');
  await writeFile(list, 'SpeakerId,Recording\nid#1,a.wav\nann,a.mp3\n');
  for (const [argv, message] of [
    [['calls.xlsx'], "Found 'calls.xlsx', expected FILE.csv or s3://BUCKET/PREFIX"],
    [[list, list], 'Found 2 lists'],
    [[list, '--out', '/nonexistent/x.json'], 'Found --out /nonexistent/x.json'],
    [[list, '--out', 'x.txt'], 'ends in .json'],
    [['s3://b/p', '--speaker', '('], 'expected a regular expression'],
    [['s3://b/p', '--speaker', 'x'], 'with 0 groups, expected one'],
  ] as const) {
    await expect(manifest([...argv]), argv.join(' ')).rejects.toThrow(message);
    await expect(manifest([...argv]), argv.join(' ')).rejects.toThrow(UsageError);
  }
  await expect(manifest([list, ...at])).rejects.toThrow(/line 2: Found a SpeakerId.*line 3: Found the Recording/s);
  await expect(manifest([join(folder, 'none.csv'), ...at])).rejects.toThrow(CommandError);
});

test('a list of many is several manifests, which are dropped and end', async () => {
  const list = join(folder, 'many.csv');
  const out = join(folder, 'many.json');
  const rows = Array.from({ length: ROWS }, (_, i) => `speaker-${i},s3://${RECORDINGS}/none/${i}.wav`);
  await writeFile(list, `SpeakerId,Recording\n${rows.join('\n')}\n`);
  await output(manifest, list, '--out', out, ...at);
  const files = ROWS > 10_000 ? ['many-1.json', 'many-2.json'] : ['many.json'];
  const { stdout } = await output(drop, ...files.map((file) => join(folder, file)), '--wait', '--json', ...at);
  const endings = JSON.parse(stdout);
  expect(endings).toHaveLength(files.length);
  const counted = endings.map(({ counts }: { counts: { failed: number } }) => counts.failed);
  expect(counted).toEqual(ROWS > 10_000 ? [10_000, ROWS - 10_000] : [ROWS]);
}, 3_600_000);
