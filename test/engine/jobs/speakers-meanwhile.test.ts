import { PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateDomainCommand,
  DeleteSpeakerCommand,
  DescribeSpeakerCommand,
  DescribeSpeakerEnrollmentJobCommand,
  EvaluateSessionCommand,
  type ExistingEnrollmentAction,
  OptOutSpeakerCommand,
  StartSpeakerEnrollmentJobCommand,
} from '@aws-sdk/client-voice-id';
import { Hash } from '@smithy/hash-node';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createStore } from '../../../engine/store/store.ts';
import { ACCESS_KEY, pool, ROLE, saidBy, settings, startTestEngine, type TestEngine } from '../harness.ts';

/** Calls that meet a job, or an evaluation, which has read the speaker and is about to write. */
let engine: TestEngine;
let DomainId: string;
const SpeakerId = 'caller';

/** The next write of a speaker waits until it is let go. */
function hold(): { writing: Promise<void>; go: () => void } {
  const { promise: writing, resolve } = Promise.withResolvers<void>();
  const { promise: released, resolve: go } = Promise.withResolvers<void>();
  held = { writing: resolve, released };
  return { writing, go };
}
let held: { writing: () => void; released: Promise<void> } | undefined;

beforeEach(async () => {
  engine = await startTestEngine(
    {},
    { ...pool, extract: async () => ({ embedding: Float32Array.of(1, 0, 0, 0), netSpeechSeconds: 30 }) },
  );
  engine.dynamoDb.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const holding = held;
        if (holding !== undefined && /Put|Transact/.test(commandName) && /"SPEAKER#/.test(JSON.stringify(args.input))) {
          held = undefined;
          holding.writing();
          await holding.released;
        }
        return next(args);
      },
    { step: 'initialize' },
  );
  const encryption = { ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/test' } };
  const { Domain } = await engine.client.send(new CreateDomainCommand({ Name: 'meanwhile', ...encryption }));
  DomainId = Domain?.DomainId ?? '';
  const put = (Bucket: string, Key: string, Body: string | Uint8Array) =>
    engine.s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  await put('recordings', 'call.wav', Uint8Array.from([1, 0, 0, 0]));
  const AudioSpecifications = [{ S3Uri: 's3://recordings/call.wav', ChannelId: 0 }];
  const SpeakerEnrollmentRequests = [{ RequestId: 'r', SpeakerId, AudioSpecifications }];
  await put('manifests', 'm.json', JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests }));
});
afterEach(() => engine.stop());

async function start(ExistingEnrollmentAction: ExistingEnrollmentAction): Promise<() => Promise<string | undefined>> {
  const { Job } = await engine.client.send(
    new StartSpeakerEnrollmentJobCommand({
      DomainId,
      DataAccessRoleArn: ROLE,
      EnrollmentConfig: { ExistingEnrollmentAction },
      InputDataConfig: { S3Uri: 's3://manifests/m.json' },
      OutputDataConfig: { S3Uri: 's3://results/out/' },
    }),
  );
  return async () => {
    const describe = new DescribeSpeakerEnrollmentJobCommand({ DomainId, JobId: Job?.JobId });
    for (;;) {
      const { Job: job } = await engine.client.send(describe);
      if (job?.EndedAt !== undefined) return job.JobStatus;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
}

const status = async () =>
  (await engine.client.send(new DescribeSpeakerCommand({ DomainId, SpeakerId }))).Speaker?.Status;
const deleteSpeaker = () => engine.client.send(new DeleteSpeakerCommand({ DomainId, SpeakerId }));
const optOut = () => engine.client.send(new OptOutSpeakerCommand({ DomainId, SpeakerId }));

/** A call of the speaker's: some bytes of audio, signed by hand, for the clients have no such operation. */
async function evaluate(): Promise<string | undefined> {
  const url = new URL(`/_sessions/${DomainId}/call/audio?speakerId=${SpeakerId}&fraudDetection=false`, engine.origin);
  const signer = new SignatureV4({
    service: 'voiceid',
    region: 'us-east-1',
    credentials: ACCESS_KEY,
    sha256: Hash.bind(null, 'sha256'),
  });
  const body = saidBy(1);
  const query = Object.fromEntries(url.searchParams);
  const headers = { host: url.host };
  const { hostname, pathname: path } = url;
  const signed = await signer.sign({ method: 'POST', protocol: 'http:', hostname, path, query, headers, body });
  const fed = await fetch(url, { method: 'POST', headers: signed.headers, body });
  expect(fed.status).toBe(200);
  const evaluation = new EvaluateSessionCommand({ DomainId, SessionNameOrId: 'call' });
  return (await engine.client.send(evaluation)).AuthenticationResult?.Decision;
}

it('a speaker who is deleted and opted out while a job enrolls him stays opted out', async () => {
  await (await start('SKIP'))();
  expect(await status()).toBe('ENROLLED');
  const { writing, go } = hold();
  const ended = await start('OVERWRITE');
  await writing;
  await deleteSpeaker();
  await optOut();
  go();
  expect(await ended()).toBe('COMPLETED_WITH_ERRORS');
  expect(await status()).toBe('OPTED_OUT');
});

it.each([
  ['agrees', 0],
  ['is behind', -10_000],
  ['is ahead', 10_000],
])(
  'a speaker who is deleted while a job enrolls him is not enrolled by that job, and may be by a later one, where the clock of whoever deletes him %s',
  async (_, milliseconds) => {
    await (await start('SKIP'))();
    const { writing, go } = hold();
    const ended = await start('OVERWRITE');
    await writing;
    engine.clock.now += milliseconds;
    await deleteSpeaker();
    engine.clock.now -= milliseconds;
    go();
    expect(await ended()).toBe('COMPLETED_WITH_ERRORS');
    await expect(status()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(await (await start('SKIP'))()).toBe('COMPLETED');
    expect(await status()).toBe('ENROLLED');
  },
);

it('a speaker who is deleted and opted out while a session is evaluated stays opted out', async () => {
  await (await start('SKIP'))();
  // Used on another day: the evaluation writes that they are used again.
  const { speakers } = createStore(engine.dynamoDb, settings);
  const found = await speakers.get(DomainId, SpeakerId);
  if (found === undefined) throw new Error('There is no speaker.');
  const lastAccessedAt = engine.clock.now - 25 * 3600 * 1000;
  await speakers.put({ ...found.speaker, lastAccessedAt }, found.version);
  const { writing, go } = hold();
  const evaluated = evaluate();
  await writing;
  await deleteSpeaker();
  await optOut();
  go();
  expect(await evaluated).toBeDefined();
  expect(await status()).toBe('OPTED_OUT');
});
