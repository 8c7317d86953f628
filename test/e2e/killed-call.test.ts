import { CreateDomainCommand, EvaluateSessionCommand, VoiceIDClient } from '@aws-sdk/client-voice-id';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callers } from '../../cli/demo/callers.ts';
import { type Fed, feedSession } from '../../connect/call/session.ts';
import { readWav } from '../../engine/audio/wav.ts';
import { loadHearing } from '../../engine/sessions/hearing.ts';
import { createStore } from '../../engine/store/store.ts';
import { toVoiceprint } from '../../engine/store/voiceprints.ts';
import { readModel } from '../../engine/voiceprint/model.ts';
import { ACCESS_KEY, settings, startTestEngine, type TestEngine } from '../engine/harness.ts';
import { ENCRYPTION_KEY } from '../engine/lambda/aws.ts';
import { type EngineProcess, spawnEngine } from '../engine/process.ts';
import { type Relay, startRelay } from '../relay.ts';
import { recordCall } from '../speech.ts';

const TABLE = 'killed-call';
/** Bytes of a chunk: a little more than two seconds. */
const CHUNK = 34_000;
const SPEAKER = 'caller';

/** S3 and DynamoDB as the local cloud has them, in this process: what outlives the engines. */
let aws: TestEngine;
let engines: EngineProcess[] = [];
let balancer: Relay;
let database: Relay;
let client: VoiceIDClient;
let DomainId: string;
/** PCM-16, 8 kHz. */
let call: Uint8Array;

/** When the engine that has the turn is killed: at its next write of a session, or when it has answered a chunk. */
let killAt: 'WRITE' | 'ANSWER' | undefined;
const killed: string[] = [];
let turn = 0;

const current = () => {
  const engine = engines[turn % engines.length];
  if (engine === undefined) throw new Error('There are no engines.');
  return engine;
};

async function kill(how: string): Promise<void> {
  killed.push(how);
  killAt = undefined;
  const dying = current();
  await dying.stop('SIGKILL');
  engines = engines.filter((engine) => engine !== dying);
  // The last one is started again: what it knows of the call is in the table.
  if (engines.length === 0) engines.push(await startEngine());
}

async function startEngine(): Promise<EngineProcess> {
  const { s3 } = aws.services;
  const origins = { AWS_ENDPOINT_URL_S3: String(s3.endpoint), AWS_ENDPOINT_URL_DYNAMODB: database.origin };
  return spawnEngine('http://127.0.0.1:9', { ...origins, VIVAVOCE_TABLE: TABLE });
}

beforeAll(async () => {
  aws = await startTestEngine({}, undefined, undefined, { works: false });
  database = await startRelay(() => String(aws.services.dynamoDb.endpoint), {
    before: async (_incoming, body) => {
      if (killAt !== 'WRITE' || !body.includes('SESSION#') || !body.includes('"body"')) return false;
      await kill('before its write');
      return true;
    },
  });
  balancer = await startRelay(() => current().origin, {
    after: async (incoming) => {
      if (killAt !== 'ANSWER' || !incoming.url?.startsWith('/_sessions/')) return false;
      await kill('before its answer');
      return true;
    },
  });
  engines = await Promise.all([startEngine(), startEngine(), startEngine()]);
  client = new VoiceIDClient({ region: 'us-east-1', endpoint: balancer.origin, credentials: ACCESS_KEY });
  const { Domain } = await client.send(
    new CreateDomainCommand({ Name: 'd', ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/k' } }),
  );
  DomainId = Domain?.DomainId ?? '';
  const [caller = { voice: 'slt' as const }] = callers;
  const [enrolled, said] = await Promise.all([recordCall(caller, 0, 4), recordCall(caller, 4, 3)]);
  call = said.subarray(44);
  const hearing = await loadHearing(undefined);
  const encryptionKey = Buffer.from(ENCRYPTION_KEY, 'hex');
  const { speakers } = createStore(aws.dynamoDb, { ...settings, tableName: TABLE, encryptionKey });
  const now = Date.now();
  await speakers.put(
    {
      domainId: DomainId,
      generatedSpeakerId: speakers.generatedId(DomainId, SPEAKER),
      customerSpeakerId: SPEAKER,
      status: 'ENROLLED',
      voiceprint: toVoiceprint((await readModel()).id, hearing.embed(readWav(enrolled, 0, 'x')), 30),
      ...{ createdAt: now, updatedAt: now, lastAccessedAt: now },
    },
    'absent',
  );
}, 300_000);

afterAll(async () => {
  await Promise.all(engines.map((engine) => engine.stop('SIGKILL')));
  for (const relay of [balancer, database]) relay.close();
  await aws.stop();
});

/** Feeds the whole call as listen-to-call does, and asks. @param before told of each chunk that is about to be sent. */
async function verdict(session: string, before: (chunk: number) => Promise<void> = async () => undefined) {
  const sessions = { endpoint: balancer.origin, domainId: DomainId, voiceId: client };
  let heard: Fed | undefined;
  for (let chunk = 0; chunk * CHUNK < call.length; chunk++) {
    await before(chunk);
    const audio = call.subarray(chunk * CHUNK, (chunk + 1) * CHUNK);
    const options = { speakerId: SPEAKER, offset: (chunk * CHUNK) / 2, end: (chunk + 1) * CHUNK >= call.length };
    heard = await feedSession(session, audio, options, sessions, AbortSignal.timeout(200_000));
  }
  const { AuthenticationResult, StreamingStatus } = await client.send(
    new EvaluateSessionCommand({ DomainId, SessionNameOrId: session }),
  );
  const { Decision, Score } = AuthenticationResult ?? {};
  return { heard, StreamingStatus, Decision, Score };
}

it('a call goes on wherever its engine is killed, and comes to the same verdict', async () => {
  turn = 2;
  const undisturbed = await verdict('undisturbed');
  expect(undisturbed).toMatchObject({ Decision: 'ACCEPT', StreamingStatus: 'ENDED' });

  turn = 0;
  const disturbed = await verdict('disturbed', async (chunk) => {
    if (chunk === 1) await kill('between two chunks');
    if (chunk === 2) killAt = 'WRITE';
    if (chunk === 3) killAt = 'ANSWER';
  });
  expect(killed).toEqual(['between two chunks', 'before its write', 'before its answer']);
  expect(disturbed).toEqual(undisturbed);
}, 300_000);
