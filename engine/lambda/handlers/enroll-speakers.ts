import type { Context } from 'aws-lambda';
import { createVoiceprintPool } from '../../voiceprint/pool.ts';
import { enrollSpeakers, inputSchema } from '../enroll-speakers.ts';
import { countRows } from '../progress.ts';
import { readLambdaSettings, schemas } from '../settings.ts';
import { dynamoDb, renewed, wire, wireJob } from '../wire.ts';

const settings = readLambdaSettings(schemas.enrollSpeakers, process.env);
// One worker: the function's memory buys one core.
const pool = await createVoiceprintPool({ modelDirectory: process.env.VIVAVOCE_MODEL || undefined, workers: 1 });
const engine = renewed(async () => wireJob(await wire(settings, process.env, pool), settings));

/** One batch of a job's requests. */
export const handler = async (event: unknown, context: Context) => {
  const deps = await engine();
  const { tableName } = deps.settings;
  return enrollSpeakers(inputSchema.parse(event), {
    ...deps,
    count: (jobId, rows) => countRows(jobId, rows, { dynamoDb, tableName, now: deps.now }),
    timeLeft: () => context.getRemainingTimeInMillis(),
  });
};
