import { PutObjectCommand } from '@aws-sdk/client-s3';
import {
  AssociateFraudsterCommand,
  CreateDomainCommand,
  CreateWatchlistCommand,
  DeleteFraudsterCommand,
  DescribeFraudsterRegistrationJobCommand,
  DisassociateFraudsterCommand,
  EvaluateSessionCommand,
  ListFraudstersCommand,
  StartFraudsterRegistrationJobCommand,
  type VoiceIDClient,
} from '@aws-sdk/client-voice-id';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { run as fraudsters } from '../../../cli/commands/fraudsters.ts';
import { signedFetch } from '../../../clients/signed-fetch.ts';
import { output } from '../../cli/run.ts';
import { ACCESS_KEY, pool, ROLE, saidBy, startTestEngine, type TestEngine } from '../harness.ts';

let one: TestEngine;
/** On the same table. */
let other: Awaited<ReturnType<TestEngine['another']>>;
let upgraded: typeof other;
let DomainId: string;

beforeAll(async () => {
  vi.stubEnv('VIVAVOCE_CREDENTIALS', `${ACCESS_KEY.accessKeyId}:${ACCESS_KEY.secretAccessKey}`);
  one = await startTestEngine();
  other = await one.another();
  upgraded = await one.another({ ...pool, model: { ...pool.model, id: 'a better model' } });
  const encryption = { ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/test' } };
  const { Domain } = await one.client.send(new CreateDomainCommand({ Name: 'watchlists', ...encryption }));
  DomainId = Domain?.DomainId ?? '';
});
afterAll(async () => {
  await upgraded.stop();
  await other.stop();
  await one.stop();
  vi.unstubAllEnvs();
});

const put = (Bucket: string, Key: string, Body: string | Uint8Array) =>
  one.s3.send(new PutObjectCommand({ Bucket, Key, Body }));

/** Registers a voice. @returns the fraudster's id. */
async function register(voice: 1 | 2 | 3): Promise<string> {
  await put(
    'recordings',
    `${voice}.wav`,
    Uint8Array.from({ length: 4 }, (_, i) => (i === voice ? 1 : 0)),
  );
  const AudioSpecifications = [{ S3Uri: `s3://recordings/${voice}.wav`, ChannelId: 0 }];
  const requests = [{ RequestId: 'r', AudioSpecifications }];
  await put('manifests', 'f.json', JSON.stringify({ Version: '1.0', FraudsterRegistrationRequests: requests }));
  const { Job } = await one.client.send(
    new StartFraudsterRegistrationJobCommand({
      DomainId,
      DataAccessRoleArn: ROLE,
      InputDataConfig: { S3Uri: 's3://manifests/f.json' },
      OutputDataConfig: { S3Uri: 's3://results/out' },
    }),
  );
  const describe = new DescribeFraudsterRegistrationJobCommand({ DomainId, JobId: Job?.JobId });
  while ((await one.client.send(describe)).Job?.EndedAt === undefined)
    await new Promise((resolve) => setTimeout(resolve, 20));
  const { FraudsterSummaries = [] } = await one.client.send(new ListFraudstersCommand({ DomainId }));
  const newest = FraudsterSummaries.sort((a, b) => Number(a.CreatedAt) - Number(b.CreatedAt)).at(-1);
  return newest?.GeneratedFraudsterId ?? '';
}

async function fed(session: string, voice: 1 | 2 | 3, origin: string, watchlistId?: string): Promise<void> {
  const answer = await signedFetch(
    { origin, region: 'us-east-1', credentials: ACCESS_KEY },
    {
      method: 'POST',
      path: `/_sessions/${DomainId}/${session}/audio`,
      ...(watchlistId !== undefined && { query: { watchlistId } }),
      body: saidBy(voice),
    },
  );
  expect(answer.status, await answer.clone().text()).toBe(200);
}

async function riskOf(session: string, client: VoiceIDClient) {
  const { FraudDetectionResult } = await client.send(
    new EvaluateSessionCommand({ DomainId, SessionNameOrId: session }),
  );
  return FraudDetectionResult;
}

test('a fraudster is known to every engine from the answer on, and no longer when taken off, without another word of the caller', async () => {
  await fed('call', 1, other.origin);
  expect(await riskOf('call', other.client)).toMatchObject({ Decision: 'LOW_RISK', Reasons: [] });
  const FraudsterId = await register(1);
  expect(await riskOf('call', other.client)).toMatchObject({ Decision: 'HIGH_RISK', Reasons: ['KNOWN_FRAUDSTER'] });
  await one.client.send(new DeleteFraudsterCommand({ DomainId, FraudsterId }));
  expect(await riskOf('call', other.client)).toMatchObject({ Decision: 'LOW_RISK', Reasons: [] });
});

test('a fraudster is on each of its watchlists, and on no other, from the answer on', async () => {
  const FraudsterId = await register(2);
  const { Watchlist } = await one.client.send(new CreateWatchlistCommand({ DomainId, Name: 'second' }));
  const WatchlistId = Watchlist?.WatchlistId ?? '';
  await fed('on-second', 2, other.origin, WatchlistId);
  const decision = async () => (await riskOf('on-second', other.client))?.Decision;
  expect(await decision()).toBe('LOW_RISK');
  await one.client.send(new AssociateFraudsterCommand({ DomainId, FraudsterId, WatchlistId }));
  expect(await decision()).toBe('HIGH_RISK');
  await one.client.send(new DisassociateFraudsterCommand({ DomainId, FraudsterId, WatchlistId }));
  expect(await decision()).toBe('LOW_RISK');
  await one.client.send(new DeleteFraudsterCommand({ DomainId, FraudsterId }));
});

test('a fraudster of another model is not compared: the verdict says so, and the command line whom to register again', async () => {
  const FraudsterId = await register(3);
  await fed('upgraded', 3, upgraded.origin);
  const result = await riskOf('upgraded', upgraded.client);
  expect(result).toMatchObject({ Decision: 'LOW_RISK', Reasons: ['FRAUDSTER_OF_ANOTHER_MODEL'] });

  const listed = async (...argv: string[]) =>
    JSON.parse((await output(fraudsters, '--json', '--domain-id', DomainId, ...argv)).stdout);
  const at = (origin: string) => ['--endpoint-url', origin];
  expect(await listed('--stale', ...at(upgraded.origin))).toMatchObject([{ GeneratedFraudsterId: FraudsterId }]);
  expect(await listed('--stale', ...at(one.origin))).toEqual([]);
  expect(await listed(...at(one.origin))).toMatchObject([{ GeneratedFraudsterId: FraudsterId, Stale: false }]);
  const unknown = ['--watchlist-id', 'A'.repeat(22)];
  await expect(listed(...unknown, ...at(one.origin))).rejects.toThrow('The watchlist was not found.');
});
