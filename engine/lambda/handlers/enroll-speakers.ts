import type { Context } from 'aws-lambda';
import { createVoiceprintPool } from '../../voiceprint/pool.ts';
import { enrollBatch, inputSchema } from '../enroll-batch.ts';
import { readLambdaSettings, schemas } from '../settings.ts';
import { renewed, wire, wireJob } from '../wire.ts';

const settings = readLambdaSettings(schemas.enrollSpeakers, process.env);
// One worker: the function's memory buys one core.
const pool = await createVoiceprintPool({ modelDirectory: process.env.VIVAVOCE_MODEL || undefined, workers: 1 });
const engine = renewed(async () => wireJob(await wire(settings, process.env, pool), settings));

/** One batch of a job's requests. */
export const handler = async (event: unknown, context: Context): Promise<void> =>
  enrollBatch(inputSchema.parse(event), () => context.getRemainingTimeInMillis(), await engine());
