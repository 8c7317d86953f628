import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { VoiceIDClient } from '@aws-sdk/client-voice-id';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BETWEEN_CALLS, createJobProgress, expectedEnd, waitingLine } from '../../clients/job-progress.ts';
import { clientOf, MANIFESTS, stateMachineArn } from '../../local/account.ts';
import { startTestCloud, type TestCloud } from '../e2e/cloud.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startTestCloud();
});
afterAll(() => cloud.stop());

/** Uploads two manifests whose jobs end at once. @returns their executions. */
async function ended(s3: S3Client): Promise<string[]> {
  const AudioSpecifications = [{ S3Uri: 's3://nowhere/a.wav', ChannelId: 0 }];
  const Body = JSON.stringify({
    Version: '1.0',
    SpeakerEnrollmentRequests: [{ RequestId: 'r', SpeakerId: 's', AudioSpecifications }],
  });
  const keys = ['one.json', 'two.json'];
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket: MANIFESTS, Key, Body }));
  await cloud.endings(keys);
  const { executions = [] } = await cloud.stepFunctions.send(new ListExecutionsCommand({ stateMachineArn }));
  return executions.flatMap(({ executionArn }) => executionArn ?? []);
}

test('jobs are asked for one after the other, never more than a call in two seconds', async () => {
  const executions = await ended(cloud.s3);
  expect(executions).toHaveLength(2);
  const client = clientOf(cloud.cloud.origin, cloud.cloud.accessKey);
  const voiceId = new VoiceIDClient(client);
  const asked: number[] = [];
  let now = 0;
  voiceId.middlewareStack.add((next, { commandName }) => (args) => {
    if (commandName === 'DescribeSpeakerEnrollmentJobCommand') asked.push(now);
    return next(args);
  });
  const progressOf = createJobProgress(5, { stepFunctions: new SFNClient(client), voiceId, now: () => now });
  // One of five has ended, two have no execution yet; the jobs of two are done, and wait to be told of.
  const waiting = [...executions, undefined, undefined];
  const seen = [];
  for (; now < 2 * BETWEEN_CALLS; now += 500) seen.push(await progressOf(waiting));
  expect(asked).toEqual([0, BETWEEN_CALLS]);
  expect(seen[0]).toBeUndefined();
  expect(seen.at(-1)).toEqual({ percent: 60, end: undefined });
  // Two seconds later another one has ended: 20% in 2 s, and 20% to go.
  expect(await progressOf(waiting.slice(0, 3))).toEqual({ percent: 80, end: new Date(now + 2000) });
  expect(asked).toEqual([0, BETWEEN_CALLS, 2 * BETWEEN_CALLS]);
});

test('who may not ask waits without a percentage', async () => {
  const nowhere = clientOf('http://127.0.0.1:9', cloud.cloud.accessKey);
  const voiceId = new VoiceIDClient({ ...nowhere, maxAttempts: 1 });
  const progressOf = createJobProgress(1, { stepFunctions: cloud.stepFunctions, voiceId, now: () => 0 });
  expect(await progressOf(await ended(cloud.s3))).toBeUndefined();
  expect(waitingLine(1, 1, undefined)).toBe('0 of 1 have ended');
});

test('the end is expected where the pace so far leads', () => {
  const first = { at: 1000, percent: 20 };
  expect(expectedEnd(first, { at: 11_000, percent: 60 })).toEqual(new Date(21_000));
  for (const latest of [first, { at: 5000, percent: 20 }, { at: 5000, percent: 10 }, { at: 5000, percent: 100 }]) {
    expect(expectedEnd(first, latest)).toBeUndefined();
  }
  expect(waitingLine(5, 3, { percent: 43, end: new Date('2026-05-04T17:52:30Z') })).toBe(
    '2 of 5 have ended, 43%, the end is expected at 2026-05-04T17:52:30Z',
  );
});
