import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateDomainCommand,
  DescribeSpeakerEnrollmentJobCommand,
  StartSpeakerEnrollmentJobCommand,
} from '@aws-sdk/client-voice-id';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { callers } from '../../../cli/demo/callers.ts';
import { signedFetch } from '../../../clients/signed-fetch.ts';
import { toMuLaw } from '../../../engine/audio/mu-law.ts';
import { readWav } from '../../../engine/audio/wav.ts';
import { wavOf } from '../../../engine/audio/wav-writer.ts';
import { createVoiceprintPool } from '../../../engine/voiceprint/pool.ts';
import type { VoiceprintPool } from '../../../engine/voiceprint/pool-of.ts';
import { recordCall } from '../../speech.ts';
import { silence, tone } from '../audio/signals.ts';
import { ACCESS_KEY, ROLE, startTestEngine, type TestEngine } from '../harness.ts';

const span = z.object({ from: z.number(), to: z.number() });
const answerSchema = z.strictObject({
  channelId: z.number(),
  neededSpeechSeconds: z.literal(30),
  refusal: z.object({ kind: z.string(), message: z.string() }).nullable(),
  format: z
    .object({
      container: z.literal('WAV'),
      coding: z.string(),
      bits: z.number(),
      sampleRate: z.number(),
      channels: z.number(),
      seconds: z.number(),
    })
    .nullable(),
  waveform: z.object({ seconds: z.number(), stretches: z.array(z.tuple([z.number(), z.number()])) }).nullable(),
  listenedTo: z.array(span),
  speech: z.array(span),
  netSpeechSeconds: z.number(),
  quality: z
    .object({
      speechLevelDb: z.number().nullable(),
      peakDb: z.number().nullable(),
      fullScaleShare: z.number(),
      fullScaleAllowed: z.number(),
      missingSeconds: z.number(),
      secondVoice: z.array(z.object({ seconds: z.number(), speech: z.array(span) })).nullable(),
    })
    .nullable(),
});

const SECOND = 8000;
let pool: VoiceprintPool;
let engine: TestEngine;
/** Some 38 s of one caller, and some 12 s of another; as samples. */
let anna: Float32Array;
let bert: Float32Array;
let files: Record<string, { bytes: Uint8Array; channelId: 0 | 1 }>;

const joined = (...parts: Float32Array[]) => {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => {
    all.set(part, at);
    return at + part.length;
  }, 0);
  return all;
};
const loud = (samples: Float32Array) => samples.map((sample) => Math.max(-1, Math.min(1, 30 * sample)));

const pcm = (...channels: Float32Array[]): Uint8Array => {
  const length = Math.max(...channels.map((samples) => samples.length));
  const interleaved = Int16Array.from({ length: channels.length * length }, (_, i) =>
    Math.round((channels[i % channels.length]?.[Math.floor(i / channels.length)] ?? 0) * 32_767),
  );
  const file = wavOf([new Uint8Array(interleaved.buffer)]);
  const view = new DataView(file.buffer);
  view.setUint16(22, channels.length, true);
  view.setUint16(32, 2 * channels.length, true);
  return file;
};

/** The same header around one byte a sample. */
const muLaw = (samples: Float32Array): Uint8Array => {
  const file = wavOf([Uint8Array.from(samples, toMuLaw)]);
  const view = new DataView(file.buffer);
  view.setUint16(20, 7, true);
  view.setUint16(32, 1, true);
  view.setUint16(34, 8, true);
  return file;
};

beforeAll(async () => {
  const [first, second] = callers;
  if (first === undefined || second === undefined) throw new Error('There are too few synthetic callers.');
  pool = await createVoiceprintPool({ workers: 2 });
  engine = await startTestEngine({}, pool);
  [anna, bert] = (await Promise.all(
    [recordCall(first), recordCall(second, 2, 2)].map(async (call) => readWav(await call, 0, 'call')),
  )) as [Float32Array, Float32Array];
  const whole = pcm(anna);
  files = {
    mono: { bytes: whole, channelId: 0 },
    'mu-law': { bytes: muLaw(anna), channelId: 0 },
    agent: { bytes: pcm(bert, anna), channelId: 0 },
    caller: { bytes: pcm(bert, anna), channelId: 1 },
    'no-such-channel': { bytes: whole, channelId: 1 },
    tone: { bytes: pcm(tone(10)), channelId: 0 },
    short: { bytes: pcm(anna.subarray(0, 8 * SECOND)), channelId: 0 },
    clipped: { bytes: pcm(loud(anna)), channelId: 0 },
    'cut-off': { bytes: whole.subarray(0, whole.length - 3 * 2 * SECOND), channelId: 0 },
    'two-people': { bytes: pcm(joined(anna.subarray(0, 14 * SECOND), bert)), channelId: 0 },
    mp3: { bytes: Buffer.from('ID3 and then some'), channelId: 0 },
    empty: { bytes: new Uint8Array(), channelId: 0 },
  };
}, 60_000);
afterAll(async () => {
  await engine.stop();
  await pool.close();
});

interface Asking {
  body?: Uint8Array;
  query?: Record<string, string>;
  contentType?: string;
}

const ask = ({ body = new Uint8Array(), query = {}, contentType = 'audio/wav' }: Asking) =>
  signedFetch(
    { origin: engine.origin, region: 'us-east-1', credentials: ACCESS_KEY },
    { method: 'POST', path: '/_recordings', query, body, contentType },
  );

async function examined(asking: Asking) {
  const response = await ask(asking);
  expect(response.status, await response.clone().text()).toBe(200);
  return answerSchema.parse(await response.json());
}

const sent = (name: string) => {
  const { bytes = new Uint8Array(), channelId = 0 } = files[name] ?? {};
  return examined({ body: bytes, query: { channelId: String(channelId) } });
};

const secondsOf = (spans: readonly z.infer<typeof span>[]) => spans.reduce((sum, { from, to }) => sum + to - from, 0);

describe('a recording that is looked at', () => {
  test('says the same as the job that would enroll from it', async () => {
    const names = [...Object.keys(files), 'not-there'];
    for (const [name, { bytes }] of Object.entries(files)) {
      await engine.s3.send(new PutObjectCommand({ Bucket: 'recordings', Key: `${name}.wav`, Body: bytes }));
    }
    const specificationOf = (name: string) => ({
      S3Uri: `s3://recordings/${name}.wav`,
      ChannelId: files[name]?.channelId ?? 0,
    });
    const requests = names.map((name) => ({
      RequestId: name,
      SpeakerId: name,
      AudioSpecifications: [specificationOf(name)],
    }));
    const manifest = JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests: requests });
    await engine.s3.send(new PutObjectCommand({ Bucket: 'manifests', Key: 'm.json', Body: manifest }));
    const { Domain } = await engine.client.send(
      new CreateDomainCommand({ Name: 'ears', ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/test' } }),
    );
    const { Job } = await engine.client.send(
      new StartSpeakerEnrollmentJobCommand({
        DomainId: Domain?.DomainId,
        DataAccessRoleArn: ROLE,
        InputDataConfig: { S3Uri: 's3://manifests/m.json' },
        OutputDataConfig: { S3Uri: 's3://results/out' },
      }),
    );
    const seen = await Promise.all(
      names.map(async (name) => {
        const { S3Uri, ChannelId } = specificationOf(name);
        const asking = { body: Buffer.from(S3Uri), contentType: 'text/uri-list', query: { channelId: `${ChannelId}` } };
        return { RequestId: name, ErrorMessage: (await examined(asking)).refusal?.message };
      }),
    );
    const describeJob = new DescribeSpeakerEnrollmentJobCommand({ DomainId: Domain?.DomainId, JobId: Job?.JobId });
    while ((await engine.client.send(describeJob)).Job?.EndedAt === undefined)
      await new Promise((done) => setTimeout(done, 20));
    const Key = `out/${Job?.JobId}/m.json.out`;
    const file = await engine.s3.send(new GetObjectCommand({ Bucket: 'results', Key }));
    const row = z.object({ RequestId: z.string(), ErrorMessage: z.string() });
    const { Errors } = z
      .object({ Errors: z.array(row) })
      .parse(JSON.parse((await file.Body?.transformToString()) ?? ''));
    expect(seen.filter(({ ErrorMessage }) => ErrorMessage !== undefined)).toEqual(Errors);
    expect(Errors.map(({ RequestId }) => RequestId)).toEqual(
      names.filter((name) => !['mono', 'mu-law', 'caller'].includes(name)),
    );
  }, 60_000);

  test('is drawn and marked where somebody speaks', async () => {
    const seconds = anna.length / SECOND;
    const before = pcm(joined(silence(4), anna));
    const answer = await examined({ body: before });
    expect(answer).toMatchObject({ refusal: null, channelId: 0, quality: { missingSeconds: 0, secondVoice: null } });
    expect(answer.format).toEqual({
      container: 'WAV',
      coding: 'PCM',
      bits: 16,
      sampleRate: 8000,
      channels: 1,
      seconds: expect.closeTo(seconds + 4, 2),
    });
    const { speech, listenedTo, waveform, netSpeechSeconds } = answer;
    expect(speech[0]?.from).toBeGreaterThan(3.8);
    expect(speech[0]?.from).toBeLessThan(5);
    expect(secondsOf(speech)).toBeCloseTo(netSpeechSeconds, 1);
    expect(netSpeechSeconds).toBeGreaterThanOrEqual(30);
    // Enrolling has enough before the end, and this says where it stopped.
    expect(listenedTo.at(-1)?.to).toBeLessThan(seconds + 4);
    expect(listenedTo.at(-1)?.to).toBeGreaterThanOrEqual(speech.at(-1)?.to ?? 0);
    const stretches = waveform?.stretches ?? [];
    expect(waveform?.seconds).toBeCloseTo(seconds + 4, 2);
    expect(stretches.length).toBeGreaterThan(900);
    expect(stretches.length).toBeLessThanOrEqual(1000);
    const perSecond = stretches.length / (seconds + 4);
    for (const [least, greatest] of stretches.slice(0, Math.floor(3.9 * perSecond)))
      expect([least, greatest]).toEqual([0, 0]);
    const peak = anna.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(Math.max(...stretches.map(([least, greatest]) => Math.max(-least, greatest)))).toBeCloseTo(peak, 2);
    expect(answer.quality?.peakDb).toBeCloseTo(20 * Math.log10(peak), 0);
    expect(answer.quality?.speechLevelDb).toBeLessThan(answer.quality?.peakDb ?? 0);
  });

  test('is the channel that was asked for', async () => {
    const [agent, caller] = await Promise.all([sent('agent'), sent('caller')]);
    expect(agent).toMatchObject({ channelId: 0, format: { channels: 2 }, refusal: { kind: 'NotEnoughSpeechError' } });
    expect(caller).toMatchObject({ channelId: 1, format: { channels: 2 }, refusal: null });
    // Bert has said all that he has to say when Anna goes on.
    const last = (answer: typeof agent) => answer.waveform?.stretches.slice(-100).flat().map(Math.abs) ?? [];
    expect(Math.max(...last(agent))).toBe(0);
    expect(Math.max(...last(caller))).toBeGreaterThan(0.1);
  });

  test('of another coding is heard as the same', async () => {
    const [mono, coded] = await Promise.all([sent('mono'), sent('mu-law')]);
    expect(coded.format).toMatchObject({ coding: 'mu-law', bits: 8, sampleRate: 8000 });
    expect(coded.speech[0]?.from).toBeCloseTo(mono.speech[0]?.from ?? 0, 1);
    coded.waveform?.stretches.forEach(([least, greatest], i) => {
      const [theirs, more] = mono.waveform?.stretches[i] ?? [9, 9];
      expect(Math.max(Math.abs(least - theirs), Math.abs(greatest - more))).toBeLessThan(0.03);
    });
  });

  test('of two people says when the one speaks, and when the other', async () => {
    const { refusal, quality } = await sent('two-people');
    expect(refusal?.kind).toBe('DifferentSpeakersError');
    expect(refusal?.message).toContain('Two people speak in the recording recording.wav');
    const [more, less] = quality?.secondVoice ?? [];
    for (const { from, to } of more?.speech ?? [{ from: 99, to: 99 }]) expect((from + to) / 2).toBeLessThan(15);
    for (const { from, to } of less?.speech ?? [{ from: 0, to: 0 }]) expect((from + to) / 2).toBeGreaterThan(13);
  });

  test.each([
    ['tone', 'NotEnoughSpeechError', /found 0.0 s of net speech/],
    ['clipped', 'DamagedRecordingError', /is clipped/],
    ['cut-off', 'DamagedRecordingError', /was cut off: found .* its header promises/],
    ['mp3', 'UnusableRecordingError', /found an MP3 file, expected .* ffmpeg -i 'recording.wav'/],
    ['empty', 'UnusableRecordingError', /found an empty file/],
  ] as const)('is refused: %s', async (name, kind, message) => {
    const answer = await sent(name);
    expect(answer.refusal).toEqual({ kind, message: expect.stringMatching(message) });
    // What can be told of it is told: it is what people look for who ask why.
    if (kind === 'UnusableRecordingError') expect(answer).toMatchObject({ format: null, waveform: null, speech: [] });
    else expect(answer.waveform?.stretches.length).toBeGreaterThan(0);
    if (name === 'clipped') expect(answer.quality?.fullScaleShare).toBeGreaterThan(0.02);
    if (name === 'cut-off') expect(answer.quality?.missingSeconds).toBeCloseTo(3, 2);
  });

  test('is read in parts where it is in S3, and nothing is written', async () => {
    const Key = 'long.wav';
    const Body = wavOf([pcm(anna).subarray(44), new Uint8Array(22 * 1024 * 1024)]);
    await engine.s3.send(new PutObjectCommand({ Bucket: 'recordings', Key, Body }));
    engine.s3Requests.length = 0;
    engine.events.length = 0;
    const { waveform, format, refusal } = await examined({
      body: Buffer.from(`s3://recordings/${Key}`),
      contentType: 'text/uri-list',
    });
    expect(refusal).toBeNull();
    expect(format?.seconds).toBeCloseTo((Body.length - 44) / 2 / SECOND, 2);
    // Twenty megabytes of it.
    expect(waveform?.seconds).toBeCloseTo((20 * 1024 * 1024) / 2 / SECOND, 0);
    expect(engine.s3Requests.every(({ method, headers }) => method === 'GET' && headers.range !== undefined)).toBe(
      true,
    );
    expect(engine.events).toEqual([]);
  });
});

describe('a request that is none', () => {
  test('unsigned', async () => {
    const response = await fetch(`${engine.origin}/_recordings`, { method: 'POST', body: Buffer.from('RIFF') });
    expect(response.status).toBe(403);
    expect((await fetch(`${engine.origin}/_model`)).status).toBe(403);
  });

  test.each([
    [{ query: { channelId: '2' } }, 'expected 0 or 1'],
    [{ query: { channel: '1' } }, 'expected channelId'],
    [{ body: Buffer.from('https://example.com/a.wav'), contentType: 'text/uri-list' }, 'no s3:// URI'],
  ])('%o', async (asking, message) => {
    const response = await ask(asking);
    expect([response.status, await response.json()]).toEqual([
      400,
      { __type: 'ValidationException', Message: expect.stringContaining(message) },
    ]);
  });

  test('larger than a recording that is sent may be', async () => {
    expect((await ask({ body: new Uint8Array(20 * 1024 * 1024 + 1) })).status).toBe(413);
  });
});

test('the model says what it is, and by which scores it decides', async () => {
  const response = await signedFetch(
    { origin: engine.origin, region: 'us-east-1', credentials: ACCESS_KEY },
    { method: 'GET', path: '/_model' },
  );
  expect(await response.json()).toEqual({
    id: pool.model.id,
    name: 'vivavoce-campplus-8k',
    source: expect.stringContaining('3D-Speaker'),
    licence: expect.stringContaining('Apache-2.0'),
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    bytes: 13_728_275,
    dimension: 192,
    sampleRate: 8000,
    installed: false,
    thresholds: { authentication: 90, fraud: 20 },
    calibration: pool.model.calibration,
    voices: pool.model.voices,
    measured: pool.model.measured,
  });
});
