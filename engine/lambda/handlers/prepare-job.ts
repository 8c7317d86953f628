import { prepareJob } from '../prepare-job.ts';
import { readLambdaSettings, schemas } from '../settings.ts';
import { jobRefSchema } from '../start-next-job.ts';
import { renewed, wire, wireJob, wireStart } from '../wire.ts';

const settings = readLambdaSettings(schemas.prepareJob, process.env);
const engine = renewed(async () => wireStart(wireJob(await wire(settings, process.env), settings), settings));

/** A job's first state. */
export const handler = async (event: unknown) =>
  prepareJob(jobRefSchema.parse(event), {
    ...(await engine()),
    speakersPerBatch: settings.SPEAKERS_PER_BATCH,
    maxConcurrency: settings.MAX_CONCURRENCY,
  });
