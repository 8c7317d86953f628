import { Sha256 } from '@aws-crypto/sha256-js';
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
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NotEnoughSpeechError } from '../../../engine/audio/errors.ts';
import { ACCESS_KEY, pool, ROLE, startTestEngine, type TestEngine } from '../harness.ts';

/** The voice of a recording is in its last sample: 1 is Anna's, 2 Bert's, 3 nobody's. */
const voices = { anna: 1, bert: 2, nobody: 3 };
const audioOf = (voice: keyof typeof voices) => new Uint8Array([0, 0, voices[voice], 0]);

let engine: TestEngine;
let DomainId: string;

beforeAll(async () => {
  engine = await startTestEngine(
    {},
    {
      ...pool,
      async extract(recordings) {
        let embedding = new Float32Array(4);
        for await (const { bytes } of recordings) {
          const voice = bytes.at(-2) ?? 0;
          if (voice === voices.nobody) throw new NotEnoughSpeechError('Not enough speech.');
          embedding = Float32Array.from({ length: 4 }, (_, i) => (i === voice ? 1 : 0));
        }
        return { embedding, netSpeechSeconds: 30 };
      },
    },
  );
  const encryption = { ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/test' } };
  const { Domain } = await engine.client.send(new CreateDomainCommand({ Name: 'sessions', ...encryption }));
  DomainId = Domain?.DomainId ?? '';
  const put = (Bucket: string, Key: string, Body: string | Uint8Array) =>
    engine.s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  await put('recordings', 'anna.wav', audioOf('anna'));
  await put('recordings', 'bert.wav', audioOf('bert'));
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
  await engine.client.send(new OptOutSpeakerCommand({ DomainId, SpeakerId: 'gone' }));
});

afterAll(() => engine.stop());

async function feed(
  session: string,
  body: Uint8Array,
  query: Record<string, string>,
  signed = true,
): Promise<Response> {
  const { host, hostname, port } = new URL(engine.origin);
  const signer = new SignatureV4({ service: 'voiceid', region: 'us-east-1', credentials: ACCESS_KEY, sha256: Sha256 });
  const path = `/_sessions/${DomainId}/${session}/audio`;
  const request = {
    method: 'POST',
    protocol: 'http:',
    hostname,
    port: Number(port),
    path,
    query,
    headers: { host },
    body,
  };
  const { headers } = signed ? await signer.sign(request) : request;
  return fetch(`${engine.origin}${path}?${new URLSearchParams(query)}`, {
    method: 'POST',
    headers,
    body: Buffer.from(body),
  });
}

const evaluate = (SessionNameOrId: string) =>
  engine.client.send(new EvaluateSessionCommand({ DomainId, SessionNameOrId }));

describe('a session', () => {
  it.each([
    ['anna', 'anna', 'ACCEPT', 'LOW_RISK'],
    ['anna', 'bert', 'REJECT', 'HIGH_RISK'],
    ['anna', 'nobody', 'NOT_ENOUGH_SPEECH', 'NOT_ENOUGH_SPEECH'],
    ['stranger', 'anna', 'SPEAKER_NOT_ENROLLED', 'LOW_RISK'],
    ['gone', 'anna', 'SPEAKER_OPTED_OUT', 'LOW_RISK'],
    [undefined, 'anna', 'SPEAKER_ID_NOT_PROVIDED', 'LOW_RISK'],
  ] as const)('that claims %s in the voice of %s is %s and %s', async (speakerId, voice, decision, risk) => {
    const name = `s-${speakerId}-${voice}`;
    const query = { ...(speakerId !== undefined && { speakerId }), acceptanceThreshold: '80', riskThreshold: '30' };
    expect((await feed(name, audioOf(voice), query)).status).toBe(200);
    const result = await evaluate(name);
    expect(result).toMatchObject({ DomainId, SessionName: name, StreamingStatus: 'ONGOING' });
    expect(result.AuthenticationResult).toMatchObject({
      Decision: decision,
      Configuration: { AcceptanceThreshold: 80 },
    });
    expect(result.AuthenticationResult?.AudioAggregationEndedAt).toBeInstanceOf(Date);
    expect(result.FraudDetectionResult).toMatchObject({
      Decision: risk,
      Reasons: risk === 'HIGH_RISK' ? ['KNOWN_FRAUDSTER'] : [],
      Configuration: { RiskThreshold: 30 },
    });
    const { SessionId = '' } = result;
    expect((await evaluate(SessionId)).SessionName).toBe(name);
  });

  it('is fed chunk by chunk, screened only where it is asked for, and ended', async () => {
    await feed('chunks', audioOf('nobody'), { speakerId: 'anna', fraudDetection: 'false' });
    expect((await evaluate('chunks')).AuthenticationResult?.Decision).toBe('NOT_ENOUGH_SPEECH');
    await feed('chunks', audioOf('anna'), { end: 'true' });
    const result = await evaluate('chunks');
    expect(result.AuthenticationResult?.Decision).toBe('ACCEPT');
    expect(result.StreamingStatus).toBe('ENDED');
    expect(result.FraudDetectionResult).toBeUndefined();
  });

  it.each<[string, Uint8Array, Record<string, string>]>([
    ['half a sample', new Uint8Array(3), {}],
    ['a threshold beyond 100', new Uint8Array(4), { acceptanceThreshold: '101' }],
    ['four seconds of speech', new Uint8Array(4), { netSpeechSeconds: '4' }],
    ['a broken WAV file', Buffer.from('RIFFnothing more'), {}],
  ])('refuses %s', async (_what, body, query) => {
    const answer = await feed('refused', body, query);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ __type: 'ValidationException' });
    await expect(evaluate('refused')).rejects.toMatchObject({ ResourceType: 'SESSION' });
  });

  it('takes nothing unsigned', async () => {
    expect((await feed('unsigned', audioOf('anna'), {}, false)).status).toBe(403);
    await expect(evaluate('unsigned')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
