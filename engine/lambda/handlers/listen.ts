import { STSClient } from '@aws-sdk/client-sts';
import { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';
import type { Listening } from '../../api/feed-session.ts';
import { createRouter } from '../../api/router.ts';
import { assumeDataAccess } from '../../jobs/data-access.ts';
import { earOf } from '../../sessions/ear.ts';
import { loadHearing } from '../../sessions/hearing.ts';
import { hear } from '../../sessions/line.ts';
import { readDescription } from '../../voiceprint/model.ts';
import { outline } from '../../voiceprint/outline.ts';
import { poolOf } from '../../voiceprint/pool-of.ts';
import { listen } from '../../voiceprint/worker.ts';
import { readLambdaSettings, schemas } from '../settings.ts';
import { renewed, wire } from '../wire.ts';

const settings = readLambdaSettings(schemas.listen, process.env);
// On this thread: a function has one call at a time.
const modelDirectory = process.env.VIVAVOCE_MODEL || undefined;
const hearing = await loadHearing(modelDirectory);
const ear = earOf(
  async ({ line, chunk, now, last }) => hear(line, chunk, now, last, hearing),
  async () => undefined,
);
/** For recordings that are looked at: the model once more, when the first of them comes. */
const pool = poolOf(
  { model: await readDescription(modelDirectory), width: 1, modelDirectory },
  { listen, outline, close: async () => undefined },
);
const sts = new STSClient({});

/** Reads as the data-access role, that one recording alone. */
const s3ForRecording: Listening['s3ForRecording'] = ({ bucket, key }) =>
  assumeDataAccess(
    { dataAccessRoleArn: settings.DATA_ACCESS_ROLE_ARN, jobId: 'session' },
    { read: [`${bucket}/${key}`] },
    { sts, externalId: settings.EXTERNAL_ID },
  );

/** A function's event holds 6 MB, a body in base64 within: API Gateway itself refuses what is past it, less clearly. */
const mostBytes = 4 * 1024 * 1024;

const engine = renewed(async () =>
  createRouter(await wire(settings, process.env, pool), { ear, s3ForRecording, mostBytes }),
);

const app = new Hono();
app.all('*', async (context) => (await engine())(context.req.raw));

/** The audio of calls, behind API Gateway: of the API's functions the one that has the model and native code. */
export const handler = handle(app);
