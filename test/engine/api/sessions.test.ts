import { PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateDomainCommand,
  DescribeSpeakerEnrollmentJobCommand,
  EvaluateSessionCommand,
  ListFraudstersCommand,
  OptOutSpeakerCommand,
  StartFraudsterRegistrationJobCommand,
  StartSpeakerEnrollmentJobCommand,
} from '@aws-sdk/client-voice-id';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { signedFetch } from '../../../clients/signed-fetch.ts';
import { wavOf } from '../../../engine/audio/wav-writer.ts';
import { muLawOf } from '../../../engine/sessions/line.ts';
import { createStore } from '../../../engine/store/store.ts';
import { ACCESS_KEY, ROLE, saidBy, settings, startTestEngine, type TestEngine } from '../harness.ts';

const voices = { anna: 1, bert: 2, nobody: 0 } as const;
const audioOf = (voice: keyof typeof voices) => saidBy(voices[voice]);
/** Bert left, Anna right. */
const stereo = (() => {
  const file = wavOf([new Uint8Array(new Int16Array([2, 1, 0, 0].map((who) => who * 4096)).buffer)]);
  const view = new DataView(file.buffer);
  view.setUint16(22, 2, true);
  view.setUint16(32, 4, true);
  return file;
})();
const wideband = (() => {
  const file = wavOf([new Uint8Array(64)]);
  new DataView(file.buffer).setUint32(24, 16_000, true);
  return file;
})();
/** A recording that enrolls: its bytes are its embedding. */
const printOf = (voice: keyof typeof voices) => Uint8Array.from({ length: 4 }, (_, i) => (i === voices[voice] ? 1 : 0));

let engine: TestEngine;
let DomainId: string;

beforeAll(async () => {
  engine = await startTestEngine();
  const encryption = { ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/test' } };
  const { Domain } = await engine.client.send(new CreateDomainCommand({ Name: 'sessions', ...encryption }));
  DomainId = Domain?.DomainId ?? '';
  const put = (Bucket: string, Key: string, Body: string | Uint8Array) =>
    engine.s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  await put('recordings', 'anna.wav', printOf('anna'));
  await put('recordings', 'bert.wav', printOf('bert'));
  await put('recordings', 'call.wav', wavOf([audioOf('anna')]));
  await put('recordings', 'wide.wav', wideband);
  const audio = (name: string) => [{ S3Uri: `s3://recordings/${name}.wav`, ChannelId: 0 }];
  const speakers = [{ RequestId: 'r', SpeakerId: 'anna', AudioSpecifications: audio('anna') }];
  const fraudsters = [{ RequestId: 'r', AudioSpecifications: audio('bert') }];
  await put('manifests', 's.json', JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests: speakers }));
  await put('manifests', 'f.json', JSON.stringify({ Version: '1.0', FraudsterRegistrationRequests: fraudsters }));
  const job = (name: string) => ({
    DomainId,
    DataAccessRoleArn: ROLE,
    InputDataConfig: { S3Uri: `s3://manifests/${name}.json` },
    OutputDataConfig: { S3Uri: 's3://results/out' },
  });
  const { Job } = await engine.client.send(new StartSpeakerEnrollmentJobCommand(job('s')));
  await engine.client.send(new StartFraudsterRegistrationJobCommand(job('f')));
  const describe = new DescribeSpeakerEnrollmentJobCommand({ DomainId, JobId: Job?.JobId });
  const list = new ListFraudstersCommand({ DomainId });
  while ((await engine.client.send(describe)).Job?.EndedAt === undefined)
    await new Promise((done) => setTimeout(done, 20));
  while ((await engine.client.send(list)).FraudsterSummaries?.length !== 1)
    await new Promise((done) => setTimeout(done, 20));
  // No sign of life is written any more: what is written from here on is of the calls.
  const { leases } = createStore(engine.dynamoDb, settings);
  while ((await leases.engines()).size > 0) await new Promise((done) => setTimeout(done, 20));
  await engine.client.send(new OptOutSpeakerCommand({ DomainId, SpeakerId: 'gone' }));
});

afterAll(() => engine.stop());

interface Chunk {
  session: string;
  body?: Uint8Array;
  query?: Record<string, string>;
  contentType?: string;
  origin?: string;
  credentials?: typeof ACCESS_KEY;
}

const feed = ({ session, body, query, contentType, origin = engine.origin, credentials = ACCESS_KEY }: Chunk) =>
  signedFetch(
    { origin, region: 'us-east-1', credentials },
    {
      method: 'POST',
      path: `/_sessions/${DomainId}/${session}/audio`,
      ...(query !== undefined && { query }),
      ...(body !== undefined && { body }),
      ...(contentType !== undefined && { contentType }),
    },
  );

const fed = async (chunk: Chunk): Promise<void> => {
  const answer = await feed(chunk);
  expect(answer.status, await answer.clone().text()).toBe(200);
};

const refused = async (chunk: Chunk): Promise<unknown> => {
  const answer = await feed(chunk);
  expect(answer.status).toBe(400);
  await expect(evaluate(chunk.session)).rejects.toMatchObject({ ResourceType: 'SESSION' });
  return answer.json();
};

const evaluate = (SessionNameOrId: string) =>
  engine.client.send(new EvaluateSessionCommand({ DomainId, SessionNameOrId }));

describe('a session', () => {
  it.each([
    ['anna', 'anna', 'ACCEPT', 'LOW_RISK'],
    ['anna', 'bert', 'REJECT', 'HIGH_RISK'],
    ['anna', 'nobody', 'NOT_ENOUGH_SPEECH', 'NOT_ENOUGH_SPEECH'],
    ['gone', 'anna', 'SPEAKER_OPTED_OUT', 'LOW_RISK'],
    [undefined, 'anna', 'SPEAKER_ID_NOT_PROVIDED', 'LOW_RISK'],
  ] as const)('that claims %s in the voice of %s is %s and %s', async (speakerId, voice, decision, risk) => {
    const name = `s-${speakerId}-${voice}`;
    const query = { ...(speakerId !== undefined && { speakerId }), acceptanceThreshold: '80', riskThreshold: '30' };
    await fed({ session: name, body: audioOf(voice), query });
    const result = await evaluate(name);
    expect(result).toMatchObject({ DomainId, SessionName: name, StreamingStatus: 'ONGOING' });
    expect(result.AuthenticationResult).toMatchObject({
      Decision: decision,
      Configuration: { AcceptanceThreshold: 80 },
    });
    if (voice !== 'nobody') expect(result.AuthenticationResult?.AudioAggregationEndedAt).toBeInstanceOf(Date);
    expect(result.FraudDetectionResult).toMatchObject({
      Decision: risk,
      Reasons: risk === 'HIGH_RISK' ? ['KNOWN_FRAUDSTER'] : [],
      Configuration: { RiskThreshold: 30 },
    });
    const { SessionId = '' } = result;
    expect((await evaluate(SessionId)).SessionName).toBe(name);
  });

  it('is fed chunk by chunk, screened only where it is asked for, and ended', async () => {
    const session = 'chunks';
    await fed({ session, body: audioOf('nobody'), query: { speakerId: 'anna', fraudDetection: 'false' } });
    expect((await evaluate(session)).AuthenticationResult?.Decision).toBe('NOT_ENOUGH_SPEECH');
    await fed({ session });
    await fed({ session, body: audioOf('anna'), query: { end: 'true' } });
    const result = await evaluate(session);
    expect(result.AuthenticationResult?.Decision).toBe('ACCEPT');
    expect(result.StreamingStatus).toBe('ENDED');
    expect(result.FraudDetectionResult).toBeUndefined();
    // An end that is told again is no error; audio after it is.
    await fed({ session, query: { end: 'true' } });
    const late = await feed({ session, body: audioOf('bert') });
    expect([late.status, await late.json()]).toEqual([400, expect.objectContaining({ __type: 'ConflictException' })]);
    expect((await evaluate(session)).AuthenticationResult?.Decision).toBe('ACCEPT');
  });

  it('has the same result, by its id, until there is new speech, another threshold or another speaker', async () => {
    const session = 'ids';
    const writes: string[] = [];
    engine.dynamoDb.middlewareStack.add(
      (next, { commandName = '' }) =>
        (args) => {
          if (/Put|Transact|Delete/.test(commandName)) writes.push(commandName);
          return next(args);
        },
      { step: 'initialize', name: 'writes' },
    );
    const other = await engine.another();
    try {
      const idsOf = async (client = engine.client) => {
        const command = new EvaluateSessionCommand({ DomainId, SessionNameOrId: session });
        const { AuthenticationResult, FraudDetectionResult } = await client.send(command);
        return [AuthenticationResult?.AuthenticationResultId, FraudDetectionResult?.FraudDetectionResultId];
      };
      await fed({ session, body: audioOf('anna'), query: { speakerId: 'anna' } });
      const first = await idsOf();
      expect(first).toEqual([expect.stringMatching(/^\w{22}$/), expect.stringMatching(/^\w{22}$/)]);
      writes.length = 0;
      expect(await idsOf()).toEqual(first);
      expect(await idsOf(other.client)).toEqual(first);
      // Nor is it written that the speaker was used: that they are enrolled says so until tomorrow.
      expect(writes).toEqual([]);

      await fed({ session });
      expect(await idsOf()).toEqual(first);
      await fed({ session, query: { acceptanceThreshold: '91' } });
      const threshold = await idsOf();
      expect(threshold[0]).not.toBe(first[0]);
      expect(threshold[1]).toBe(first[1]);
      await fed({ session, query: { speakerId: 'gone' } });
      const speaker = await idsOf();
      expect(speaker[0]).not.toBe(threshold[0]);
      expect(speaker[1]).toBe(first[1]);
      await fed({ session, body: audioOf('anna') });
      const speech = await idsOf();
      expect(speech[0]).not.toBe(speaker[0]);
      expect(speech[1]).not.toBe(first[1]);
      await fed({ session, query: { riskThreshold: '21' } });
      const risk = await idsOf();
      expect(risk[0]).toBe(speech[0]);
      expect(risk[1]).not.toBe(speech[1]);
    } finally {
      engine.dynamoDb.middlewareStack.remove('writes');
      await other.stop();
    }
  });

  it('begins, although what is over could not be swept: its first chunk was heard', async () => {
    engine.dynamoDb.middlewareStack.add(
      (next, { commandName = '' }) =>
        (args) =>
          commandName === 'QueryCommand' ? Promise.reject(new Error('The database is busy.')) : next(args),
      { step: 'initialize', name: 'busy' },
    );
    try {
      await fed({ session: 'unswept', body: audioOf('anna'), query: { speakerId: 'anna' } });
    } finally {
      engine.dynamoDb.middlewareStack.remove('busy');
    }
    expect((await evaluate('unswept')).AuthenticationResult?.Decision).toBe('ACCEPT');
  });

  it('keeps every chunk of those that several engines take at once', async () => {
    const session = 'at-once';
    const other = await engine.another();
    const origins = [engine.origin, other.origin];
    await Promise.all(
      Array.from({ length: 6 }, (_, i) => fed({ session, body: audioOf('bert'), origin: origins[i % 2] ?? '' })),
    );
    const { sessions } = createStore(engine.dynamoDb, settings);
    const stored = await sessions.get(DomainId, session, engine.clock.now);
    expect(stored?.session.line).toMatchObject({ made: 6 });
    await other.stop();
  });

  describe('that is told where in the call a chunk begins', () => {
    const made = async (session: string) => {
      const { sessions } = createStore(engine.dynamoDb, settings);
      const found = await sessions.get(DomainId, session, engine.clock.now);
      return (found?.session.line as { made: number } | undefined)?.made;
    };
    const answered = async (chunk: Chunk): Promise<unknown> => {
      const answer = await feed(chunk);
      expect(answer.status, await answer.clone().text()).toBe(200);
      return answer.json();
    };
    const at = (offset: number, more: Record<string, string> = {}) => ({ offset: String(offset), ...more });

    it('answers one that is sent again as it did the first time, and does not hear it again', async () => {
      const session = 'again';
      const other = await engine.another();
      for (const [chunk, query] of [at(0, { speakerId: 'anna' }), at(2), at(4, { end: 'true' })].entries()) {
        const sent = { session, body: audioOf('anna'), query };
        const first = await answered(sent);
        expect(first).toMatchObject({ NetSpeechSeconds: 2.5 * (chunk + 1), NextOffset: 2 * (chunk + 1) });
        expect(await answered(sent)).toEqual(first);
        expect(await answered({ ...sent, origin: other.origin })).toEqual(first);
      }
      expect(await made(session)).toBe(3);
      expect((await evaluate(session)).StreamingStatus).toBe('ENDED');
      await other.stop();
    });

    it('hears it once, if it comes to two engines at the same time', async () => {
      const other = await engine.another();
      const origins = [engine.origin, other.origin];
      const sent = { session: 'twice-at-once', body: audioOf('anna'), query: at(0) };
      await Promise.all(Array.from({ length: 6 }, (_, i) => fed({ ...sent, origin: origins[i % 2] ?? '' })));
      expect(await made(sent.session)).toBe(1);
      await other.stop();
    });

    it('hears what is new of one that was heard in part', async () => {
      const session = 'in-part';
      await fed({ session, body: audioOf('anna'), query: at(0, { speakerId: 'anna' }) });
      const [anna, bert] = [audioOf('anna'), audioOf('bert')];
      await fed({ session, body: Buffer.concat([anna, bert]), query: at(0) });
      expect(await made(session)).toBe(2);
      await fed({ session, body: Buffer.concat([bert, audioOf('nobody')]), query: at(2) });
      expect(await made(session)).toBe(2);
      // What lies in between was lost on the way: the call goes on.
      expect(await answered({ session, body: anna, query: at(800) })).toMatchObject({ NextOffset: 802 });
      expect(await made(session)).toBe(3);
      // A client that says no offset goes on from there.
      expect(await answered({ session, body: anna })).toMatchObject({ NextOffset: 804 });
      expect(await answered({ session, body: anna, query: at(802) })).toMatchObject({ NextOffset: 804 });
      expect(await made(session)).toBe(4);
    });

    it('changes nothing by one that comes late', async () => {
      const session = 'late';
      const first = { session, body: audioOf('anna'), query: at(0, { speakerId: 'gone', acceptanceThreshold: '80' }) };
      await fed(first);
      await fed({ session, body: audioOf('anna'), query: at(2, { speakerId: 'anna', acceptanceThreshold: '70' }) });
      await fed(first);
      const { AuthenticationResult } = await evaluate(session);
      expect(AuthenticationResult).toMatchObject({ Decision: 'ACCEPT', Configuration: { AcceptanceThreshold: 70 } });
      // It ends the session if it says so, and may change how it is judged without any audio.
      await fed({ session, query: at(0, { acceptanceThreshold: '75' }) });
      await fed({ ...first, query: { ...first.query, end: 'true' } });
      expect(await evaluate(session)).toMatchObject({ StreamingStatus: 'ENDED' });
    });

    it('counts samples of one channel, whatever they come in', async () => {
      const next = { NextOffset: 2 };
      const body = muLawOf(Float32Array.of(1 / 8, 0));
      expect(await answered({ session: 'c-1', body, contentType: 'audio/basic' })).toMatchObject(next);
      expect(await answered({ session: 'c-2', body: stereo, query: { channelId: '1' } })).toMatchObject(next);
      expect(await answered({ session: 'c-3', body: wavOf([audioOf('anna')]) })).toMatchObject(next);
    });
  });

  it.each<[string, Omit<Chunk, 'session'>]>([
    ['an offset that is none', { query: { offset: '-1' } }],
    ['an offset of half a sample', { query: { offset: '0.5' } }],
    ['half a sample', { body: new Uint8Array(3) }],
    ['a threshold beyond 100', { query: { acceptanceThreshold: '101' } }],
    ['four seconds of speech', { query: { netSpeechSeconds: '4' } }],
    ['a window of more than is kept', { query: { netSpeechSeconds: '31' } }],
    ['a parameter that is misspelt', { query: { acceptanceTreshold: '0' } }],
    ['an end that is neither true nor false', { query: { end: 'perhaps' } }],
    ['a speaker id that can be none', { query: { speakerId: 'a b' } }],
    ['a broken WAV file', { body: Buffer.from('RIFFnothing more') }],
    ['an Ogg file', { body: Buffer.from('OggS and so on..') }],
    ['a WAV file that is none', { body: new Uint8Array(64), contentType: 'audio/wav' }],
    ['an unknown content type', { body: new Uint8Array(64), contentType: 'audio/opus' }],
    ['two channels of which none is named', { body: stereo }],
    ['a third channel', { body: stereo, query: { channelId: '2' } }],
    ['the second channel of one', { body: wavOf([new Uint8Array(64)]), query: { channelId: '1' } }],
    ['a list of URIs that names no object', { body: Buffer.from('https://example.com'), contentType: 'text/uri-list' }],
    ['a recording that is not there', { body: Buffer.from('s3://recordings/none.wav'), contentType: 'text/uri-list' }],
  ])('refuses %s', async (_what, chunk) => {
    expect(await refused({ session: 'refused', ...chunk })).toMatchObject({ __type: 'ValidationException' });
  });

  it.each<[string, Omit<Chunk, 'session'>, string]>([
    ['a content type', { body: new Uint8Array(64), contentType: 'audio/pcm;rate=16000' }, 'rate=16000'],
    ['a WAV file', { body: wideband }, 'a sample rate of 16000 Hz'],
    ['a recording in S3', { body: Buffer.from('s3://recordings/wide.wav'), contentType: 'text/uri-list' }, '16000 Hz'],
  ])('refuses another rate of %s, and says how to make it 8 kHz', async (_what, chunk, found) => {
    const { Message } = z.object({ Message: z.string() }).parse(await refused({ session: 'rate', ...chunk }));
    expect(Message).toContain(found);
    expect(Message).toMatch(/expected 8000.*ffmpeg.*-ar 8000/);
  });

  it('refuses a speaker or a watchlist that is not there', async () => {
    const notFound = (ResourceType: string) => ({ __type: 'ResourceNotFoundException', ResourceType });
    const [speakerId, watchlistId] = ['nobody-known', 'aaaaaaaaaaaaaaaaaaaaaa'];
    expect(await refused({ session: 'unknown', query: { speakerId } })).toMatchObject(notFound('SPEAKER'));
    expect(await refused({ session: 'unknown', query: { watchlistId } })).toMatchObject(notFound('WATCHLIST'));
  });

  it('refuses more than a recording may be', async () => {
    const answer = await feed({ session: 'large', body: new Uint8Array(20 * 1024 * 1024 + 1) });
    expect(answer.status).toBe(413);
  });

  it.each<[string, Omit<Chunk, 'session'>]>([
    ['PCM-16 without a word', { body: audioOf('anna') }],
    ['PCM-16', { body: audioOf('anna'), contentType: 'audio/pcm; rate=8000' }],
    ['mu-law', { body: muLawOf(Float32Array.of(1 / 8, 0)), contentType: 'audio/basic' }],
    ['a WAV file', { body: wavOf([audioOf('anna')]), contentType: 'audio/wav' }],
    ['the second channel of two', { body: stereo, query: { channelId: '1' } }],
    ['a recording in S3', { body: Buffer.from('s3://recordings/call.wav'), contentType: 'text/uri-list' }],
  ])('takes %s', async (what, chunk) => {
    const session = `takes-${what.replaceAll(/\W/g, '-')}`.slice(0, 36);
    await fed({ session, ...chunk, query: { speakerId: 'anna', ...chunk.query } });
    expect((await evaluate(session)).AuthenticationResult?.Decision).toBe('ACCEPT');
  });

  it('takes nothing unsigned', async () => {
    const url = `${engine.origin}/_sessions/${DomainId}/unsigned/audio`;
    const answer = await fetch(url, { method: 'POST', body: Buffer.from(audioOf('anna')) });
    expect(answer.status).toBe(403);
    await expect(evaluate('unsigned')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
