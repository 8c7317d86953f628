import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateDomainCommand } from '@aws-sdk/client-voice-id';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run as hear } from '../../cli/commands/hear.ts';
import { run as verify } from '../../cli/commands/verify.ts';
import { callers } from '../../cli/demo/callers.ts';
import { readWav } from '../../engine/audio/wav.ts';
import { wavOf } from '../../engine/audio/wav-writer.ts';
import { loadHearing } from '../../engine/sessions/hearing.ts';
import { createStore } from '../../engine/store/store.ts';
import { toVoiceprint } from '../../engine/store/voiceprints.ts';
import { readModel } from '../../engine/voiceprint/model.ts';
import { createVoiceprintPool } from '../../engine/voiceprint/pool.ts';
import { ACCESS_KEY, settings, startTestEngine, type TestEngine } from '../engine/harness.ts';
import { startRelay } from '../relay.ts';
import { recordCall } from '../speech.ts';
import { output } from './run.ts';

let engine: TestEngine;
let folder: string;
let at: string[];

beforeAll(async () => {
  process.env.VIVAVOCE_CREDENTIALS = `${ACCESS_KEY.accessKeyId}:${ACCESS_KEY.secretAccessKey}`;
  engine = await startTestEngine({}, await createVoiceprintPool({ workers: 1 }), null);
  at = ['--endpoint-url', engine.origin];
  folder = await mkdtemp(join(tmpdir(), 'vivavoce-verify-'));
  const encryption = { ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/test' } };
  const { Domain } = await engine.client.send(new CreateDomainCommand({ Name: 'vivavoce', ...encryption }));
  const [one, two] = callers;
  if (one === undefined || two === undefined || Domain?.DomainId === undefined)
    throw new Error('Nothing to test with.');
  const [enrolled, own, other] = await Promise.all([
    recordCall(one, 0, 4),
    recordCall(one, 4, 3),
    recordCall(two, 4, 3),
  ]);
  const hearing = await loadHearing(undefined);
  const { speakers } = createStore(engine.dynamoDb, settings);
  const now = Date.now();
  await speakers.put(
    {
      domainId: Domain.DomainId,
      generatedSpeakerId: speakers.generatedId(Domain.DomainId, 'anna'),
      customerSpeakerId: 'anna',
      status: 'ENROLLED',
      voiceprint: toVoiceprint((await readModel()).id, hearing.embed(readWav(enrolled, 0, 'x')), 30),
      createdAt: now,
      updatedAt: now,
      lastAccessedAt: now,
    },
    'absent',
  );
  // The caller on the right, somebody else on the left.
  const frames = Math.min(own.length, other.length) - 44;
  const both = new Uint8Array(2 * frames);
  for (let i = 0; i < frames; i += 2) {
    both.set(other.subarray(44 + i, 46 + i), 2 * i);
    both.set(own.subarray(44 + i, 46 + i), 2 * i + 2);
  }
  const stereo = wavOf([both]);
  new DataView(stereo.buffer).setUint16(22, 2, true);
  new DataView(stereo.buffer).setUint16(32, 4, true);
  await writeFile(join(folder, 'own.wav'), own);
  await writeFile(join(folder, 'other.wav'), other);
  await writeFile(join(folder, 'stereo.wav'), stereo);
  // Longer than one chunk.
  await writeFile(join(folder, 'long.wav'), wavOf([new Uint8Array(3_000_000), own.subarray(44)]));
  await engine.s3.send(new PutObjectCommand({ Bucket: 'recordings', Key: 'own.wav', Body: own }));
}, 60_000);
afterAll(async () => {
  delete process.env.VIVAVOCE_CREDENTIALS;
  await engine.stop();
  await rm(folder, { recursive: true });
});

test.each([
  ['own.wav', [], 0, 'ACCEPT'],
  ['other.wav', [], 3, 'REJECT'],
  ['stereo.wav', ['--channel', '1'], 0, 'ACCEPT'],
  ['stereo.wav', ['--channel', '0'], 3, 'REJECT'],
  ['long.wav', [], 0, 'ACCEPT'],
  ['own.wav', ['--net-speech-seconds', '30'], 3, 'NOT_ENOUGH_SPEECH'],
])('%s %j: exit code %i, %s', async (file, options, code, decision) => {
  const shown = await output(verify, ...at, 'anna', join(folder, file), ...options);
  expect(shown.stdout).toContain(decision);
  expect(shown.code).toBe(code);
});

test('a chunk is sent again whose answer is lost, and the verdict is the same', async () => {
  let lost = 0;
  const sent: string[] = [];
  const relay = await startRelay(() => engine.origin, {
    after: ({ url = '' }) => {
      if (!url.startsWith('/_sessions/')) return false;
      sent.push(new URL(url, relay.origin).searchParams.get('offset') ?? '');
      return lost++ % 2 === 0;
    },
  });
  try {
    const asked = (origin: string) =>
      output(verify, '--endpoint-url', origin, 'anna', join(folder, 'long.wav'), '--json');
    const scoreOf = ({ stdout }: { stdout: string }) => JSON.parse(stdout).AuthenticationResult.Score;
    expect(scoreOf(await asked(relay.origin))).toBe(scoreOf(await asked(engine.origin)));
    const second = String((2 * 1024 * 1024) / 2);
    expect(sent).toEqual(['0', '0', second, second]);
  } finally {
    relay.close();
  }
});

test('a recording in S3 is read by the engine', async () => {
  const { code, stdout } = await output(verify, ...at, 'anna', 's3://recordings/own.wav', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ AuthenticationResult: { Decision: 'ACCEPT' }, StreamingStatus: 'ENDED' });
  expect(code).toBe(0);
});

test.each([
  ['nobody', 'own.wav', 'The speaker was not found'],
  ['anna', 'stereo.wav', 'which one is the caller'],
  ['anna', 'missing.wav', "can't be read"],
])('%s %s: says what is wrong', async (speaker, file, message) => {
  await expect(output(verify, ...at, speaker, join(folder, file))).rejects.toThrow(message);
});

test('a recording is heard as enrolling hears it, and the exit code says whether it is good', async () => {
  const run = (...argv: string[]) => output(hear, ...argv, ...at);
  const short = await run(join(folder, 'own.wav'));
  expect(short.code).toBe(3);
  expect(short.stdout).toMatch(/^WAV, PCM of 16 bits · 8,000 Hz · one channel/);
  expect(short.stdout).toMatch(/^A[A· ]+$/m);
  expect(short.stdout).toContain('Would be refused: Not enough speech');
  await writeFile(join(folder, 'call 7.mp3'), 'ID3');
  expect((await run(join(folder, 'call 7.mp3'))).stdout).toContain(
    "ffmpeg -i 'call 7.mp3' -ar 8000 -c:a pcm_s16le 'call 7-8k.wav'",
  );
  const left = await run(join(folder, 'stereo.wav'), '--channel', '1', '--json');
  expect(JSON.parse(left.stdout)).toMatchObject({ channelId: 1, format: { channels: 2 } });
  expect((await run('s3://recordings/own.wav')).stdout).toContain('Would be refused: Not enough speech');
  expect((await run('s3://recordings/gone.wav')).stdout).toContain('no such object');
});
