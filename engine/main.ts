/** The engine alone, for a server or a container beside real S3 and DynamoDB: `npm run engine -- --help`. */
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import { createEngine } from './app.ts';
import { toEventBridge } from './event-bridge.ts';
import { dataAccessOf } from './jobs/data-access.ts';
import { S3_PATIENCE } from './jobs/read-object.ts';
import { jsonLogger } from './logger.ts';
import { PATIENCE } from './patience.ts';
import { createEngineServer } from './server.ts';
import { readSettings } from './settings.ts';

const HELP = `npm run engine -- [--port 4567] [--host 0.0.0.0]

Serves the Voice ID API from this machine; S3 and DynamoDB come from the usual AWS settings
(AWS_REGION, AWS_ENDPOINT_URL, credentials). Point clients at it with AWS_ENDPOINT_URL_VOICE_ID.

Settings, from the environment:
  VIVAVOCE_CREDENTIALS         KEY:SECRET[,KEY:SECRET] that clients sign with; needed
  VIVAVOCE_ENCRYPTION_KEY      64 hexadecimal digits that everything stored is encrypted with; needed
                               (openssl rand -hex 32, kept in a secret: without it all voiceprints are lost)
  VIVAVOCE_TABLE               DynamoDB table, made if missing (vivavoce)
  VIVAVOCE_EVENT_BUS           EventBridge bus, its name or ARN, for the engine's own events (they go nowhere)
  VIVAVOCE_ACCOUNT_ID          twelve digits in ARNs (000000000000)
  VIVAVOCE_EXTERNAL_ID         with it, each job's data-access role is assumed, with this external id
                               (the engine's own credentials read and write)
  VIVAVOCE_MODEL               directory of a speaker model (the starter model)
  VIVAVOCE_SAME_VOICE          what becomes of requests of different speakers that have one voice: TELL enrolls them and
                               names them in the output file, REFUSE enrolls none of them (TELL)
  VIVAVOCE_WORKERS             worker threads (one a core)
  VIVAVOCE_QUOTA_DOMAINS (3), _WATCHLISTS (3 a domain), _QUEUED_JOBS (100), _FRAUDSTERS (500 a watchlist)
  VIVAVOCE_RATE_CONTROL, _LIST_SPEAKERS, _SPEAKERS, _TAGS   calls a second (no limit)
`;

/** From SIGTERM on until no connection is taken: a load balancer asks for `/_ready` every second or two. */
const NOTICE_MS = 3_000;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4567' },
    host: { type: 'string', default: '0.0.0.0' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

const logger = jsonLogger((line) => process.stdout.write(line));
const forcePathStyle = process.env.AWS_ENDPOINT_URL_S3 !== undefined || process.env.AWS_ENDPOINT_URL !== undefined;
try {
  const settings = readSettings(process.env);
  const { externalId, eventBus } = settings;
  const sts = new STSClient({ region: settings.region, requestHandler: PATIENCE });
  const { server, open, drain } = createEngineServer();
  // From the first moment: a start that takes long is not taken for a dead process.
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(Number(values.port), values.host, done);
  });
  const engine = await createEngine({
    settings,
    s3: new S3Client({ region: settings.region, forcePathStyle, requestHandler: S3_PATIENCE }),
    dynamoDb: new DynamoDBClient({ region: settings.region, requestHandler: PATIENCE }),
    ...(eventBus !== undefined && {
      publish: toEventBridge({
        events: new EventBridgeClient({ region: settings.region, requestHandler: PATIENCE }),
        eventBusName: eventBus,
        now: Date.now,
      }),
    }),
    ...(externalId !== undefined && { access: dataAccessOf({ sts, externalId, forcePathStyle }) }),
    logger,
  });
  await engine.start();
  open(engine);
  const address = server.address();
  logger.info('Serving', { port: typeof address === 'object' ? address?.port : undefined });
  const stop = async (signal: string) => {
    logger.info('Stopping', { signal });
    // Work on jobs ends meanwhile. What the calls under way need is taken away last.
    await Promise.all([drain(signal === 'SIGTERM' ? NOTICE_MS : 0), engine.drain()]);
    await engine.stop();
    process.exit(0);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
} catch (error) {
  logger.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
