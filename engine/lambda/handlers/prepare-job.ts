import type { Context } from 'aws-lambda';
import { prepareState } from '../prepare-state.ts';
import { readLambdaSettings, schemas } from '../settings.ts';
import { jobRefSchema } from '../start-next-job.ts';
import { renewed, wire, wireJob, wireStart } from '../wire.ts';

const settings = readLambdaSettings(schemas.prepareJob, process.env);
const engine = renewed(async () => wireStart(wireJob(await wire(settings, process.env), settings), settings));

/** A job's first state. */
export const handler = async (event: unknown, context: Context) =>
  prepareState(
    jobRefSchema.parse(event),
    {
      speakersPerBatch: settings.SPEAKERS_PER_BATCH,
      maxConcurrency: settings.MAX_CONCURRENCY,
      timeLeft: () => context.getRemainingTimeInMillis(),
    },
    await engine(),
  );
