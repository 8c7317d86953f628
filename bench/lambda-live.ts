import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateDomainCommand, EvaluateSessionCommand, VoiceIDClient } from '@aws-sdk/client-voice-id';
import { z } from 'zod';
import { callers, recordCall } from '../cli/demo/callers.ts';
import { signedFetch } from '../clients/signed-fetch.ts';
import { readWav } from '../engine/audio/wav.ts';
import { loadHearing } from '../engine/sessions/hearing.ts';
import { randomId } from '../engine/store/ids.ts';
import { createStore } from '../engine/store/store.ts';
import { toVoiceprint } from '../engine/store/voiceprints.ts';
import { readModel } from '../engine/voiceprint/model.ts';
import { createDatabase } from '../local/database/database.ts';
import type { BenchTable } from './table.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const SECOND = 16_000;
const TABLE = 'engine';
const ENCRYPTION_KEY = '07'.repeat(32);
const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench-secret' };

/** DynamoDB's stand-in and the stack's secrets, at one origin. */
async function startAws() {
  const database = await createDatabase();
  let requests = 0;
  const server = createServer(async (request, response) => {
    if (String(request.headers['x-amz-target']).startsWith('DynamoDB_')) {
      requests++;
      return database.handle(request, response);
    }
    const body = Buffer.concat(await request.toArray()).toString();
    const { SecretId, VersionStage } = z
      .object({ SecretId: z.string(), VersionStage: z.string().optional() })
      .parse(JSON.parse(body));
    const secret = SecretId === 'encryption-key' ? ENCRYPTION_KEY : JSON.stringify(credentials);
    const there = VersionStage !== 'AWSPREVIOUS';
    response
      .writeHead(there ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' })
      .end(there ? JSON.stringify({ SecretString: secret }) : '{"__type":"ResourceNotFoundException"}');
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', () => done()));
  return { origin: originOf(server), requests: () => requests, stop: () => stop(server, database.close) };
}

const originOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function stop(server: Server, close: () => Promise<void>): Promise<void> {
  server.closeAllConnections();
  server.close();
  await close();
}

interface FunctionProcess {
  child: ChildProcess;
  origin: string;
  importMs: number;
}

/** The bundle that is deployed, with the environment that the stack gives it. */
async function startFunction(name: string, awsOrigin: string): Promise<FunctionProcess> {
  const bundle = join(root, 'dist/engine', name, 'index.mjs');
  const child = spawn(process.execPath, [join(root, 'bench/lambda/function-process.ts'), bundle], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      NODE_OPTIONS: '--enable-source-maps --disable-warning=ExperimentalWarning',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'function',
      AWS_SECRET_ACCESS_KEY: 'function-secret',
      AWS_ENDPOINT_URL: awsOrigin,
      VIVAVOCE_TABLE: TABLE,
      VIVAVOCE_ACCOUNT_ID: '123456789012',
      CREDENTIALS_SECRET_ARN: 'access-key',
      ENCRYPTION_KEY_SECRET_ARN: 'encryption-key',
      EVENT_BUS_NAME: 'bus',
      METRICS_NAMESPACE: 'bench',
      JOB_STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:123456789012:stateMachine:job',
      EXTERNAL_ID: '123456789012',
      DATA_ACCESS_ROLE_ARN: 'arn:aws:iam::123456789012:role/data-access',
    },
  });
  const [line] = await once(createInterface(child.stdout), 'line');
  const { port, importMs } = z.object({ port: z.number(), importMs: z.number() }).parse(JSON.parse(String(line)));
  return { child, origin: `http://127.0.0.1:${port}`, importMs };
}

const sorted = (values: readonly number[]) => values.toSorted((a, b) => a - b);
const median = (values: readonly number[]) => sorted(values)[Math.floor(values.length / 2)] ?? Number.NaN;
const most = (values: readonly number[]) => sorted(values)[Math.floor(values.length * 0.95)] ?? Number.NaN;

/** Times of one kind of request: milliseconds, and calls of the database. */
class Times {
  readonly ms: number[] = [];
  calls = 0;
}

/**
 * What a call costs with the engine in the stack: chunks through the function that listens, verdicts through the API's,
 * as bundles in processes of their own, before the database of the local cloud. The first request of a process is its
 * cold one: the import, secrets and connections are in it; the runtime's own start and API Gateway are not.
 */
export async function run({ full }: { full: boolean }): Promise<BenchTable> {
  const calls = full ? 20 : 4;
  await promisify(execFile)(process.execPath, [join(root, 'infra/build.ts')], { cwd: root });
  const aws = await startAws();
  const endpoint = aws.origin;
  const client = { region: 'us-east-1', credentials };
  const encryptionKey = Buffer.from(ENCRYPTION_KEY, 'hex');
  const { table, speakers } = createStore(new DynamoDBClient({ ...client, endpoint }), {
    tableName: TABLE,
    encryptionKey,
  });
  await table.create();
  const functions: FunctionProcess[] = [];
  try {
    const [listening, api] = await Promise.all([startFunction('listen', endpoint), startFunction('api', endpoint)]);
    functions.push(listening, api);
    const voiceId = new VoiceIDClient({ ...client, endpoint: api.origin });
    const timed = async (times: Times, work: () => Promise<unknown>) => {
      const [begin, before] = [performance.now(), aws.requests()];
      await work();
      times.ms.push(performance.now() - begin);
      times.calls = aws.requests() - before;
    };

    const coldApi = new Times();
    let DomainId: string | undefined;
    await timed(coldApi, async () => {
      const ServerSideEncryptionConfiguration = { KmsKeyId: 'alias/k' };
      const { Domain } = await voiceId.send(new CreateDomainCommand({ Name: 'd', ServerSideEncryptionConfiguration }));
      DomainId = Domain?.DomainId;
    });
    const domainId = DomainId ?? '';
    const [caller = { voice: 'slt' as const }] = callers;
    const [enrolled, said] = await Promise.all([recordCall(caller), recordCall(caller, 3, 5)]);
    const call = said.subarray(44);
    const { embed } = await loadHearing(undefined);
    const now = Date.now();
    await speakers.put(
      {
        domainId,
        generatedSpeakerId: speakers.generatedId(domainId, 'caller'),
        customerSpeakerId: 'caller',
        status: 'ENROLLED',
        voiceprint: toVoiceprint((await readModel()).id, embed(readWav(enrolled, 0, 'x')), 30),
        ...{ createdAt: now, updatedAt: now, lastAccessedAt: now },
      },
      'absent',
    );

    const cold = new Times();
    const kinds = { two: new Times(), five: new Times(), fresh: new Times(), kept: new Times() };
    const feed = async (times: Times, session: string, body: Uint8Array) =>
      timed(times, async () => {
        const to = { origin: listening.origin, region: 'us-east-1', credentials };
        const path = `/_sessions/${domainId}/${session}/audio`;
        const query = { speakerId: 'caller' };
        const fed = await signedFetch(to, { method: 'POST', path, query, body, contentType: 'audio/pcm' });
        if (!fed.ok) throw new Error(await fed.text());
        await fed.text();
      });
    const ask = (times: Times, SessionNameOrId: string) =>
      timed(times, () => voiceId.send(new EvaluateSessionCommand({ DomainId: domainId, SessionNameOrId })));
    await feed(cold, 'cold', call.subarray(0, SECOND));
    for (let i = 0; i < calls; i++) {
      for (const [times, seconds] of [
        [kinds.two, 2],
        [kinds.five, 5],
      ] as const) {
        const session = randomId();
        for (let at = 0; at + seconds * SECOND <= call.length; at += seconds * SECOND) {
          await feed(times, session, call.subarray(at, at + seconds * SECOND));
          if (seconds === 2) continue;
          await ask(kinds.fresh, session);
          await ask(kinds.kept, session);
        }
      }
    }
    const row = (what: string, { ms, calls: asked }: Times) => [
      what,
      median(ms).toFixed(0),
      most(ms).toFixed(0),
      asked,
    ];
    return {
      title: `Milliseconds of a request to the engine's functions, of ${calls} calls of ${Math.floor(call.length / SECOND)} s: median, 95th percentile; calls of the database`,
      columns: ['', 'median', '95%', 'database'],
      rows: [
        ['listen, import', listening.importMs.toFixed(0), '', ''],
        row('listen, first chunk of a process, behind the import', cold),
        row('listen, warm: a chunk of 2 s, as from Amazon Connect', kinds.two),
        row('listen, warm: a chunk of 5 s', kinds.five),
        ['api, import', api.importMs.toFixed(0), '', ''],
        row('api, first request of a process, behind the import', coldApi),
        row('api, warm: a verdict of new speech', kinds.fresh),
        row('api, warm: a verdict that is kept', kinds.kept),
      ],
    };
  } finally {
    for (const { child } of functions) child.kill();
    await aws.stop();
  }
}
