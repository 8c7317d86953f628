import * as z from 'zod';
import { mergeState } from '../merge-state.ts';
import { readLambdaSettings, schemas } from '../settings.ts';
import { jobRefSchema } from '../start-next-job.ts';
import { renewed, wire, wireJob, wireStart } from '../wire.ts';

const settings = readLambdaSettings(schemas.mergeJob, process.env);
const engine = renewed(async () => wireStart(wireJob(await wire(settings, process.env), settings), settings));

/** Step Functions' event about an execution that died outside any Catch. */
const diedSchema = z.object({
  source: z.literal('aws.states'),
  detail: z.object({ input: z.string().transform((text): unknown => JSON.parse(text)) }),
});
/** The input of a batch, which is an execution, too. Its job goes on without it. */
const batchInputSchema = z.object({ batch: z.unknown().refine((batch) => batch !== undefined) });

/** A job's last state, or its end where its execution died. */
export const handler = async (event: unknown) => {
  const died = diedSchema.safeParse(event);
  const input = died.success ? died.data.detail.input : event;
  if (died.success && batchInputSchema.safeParse(input).success) return;
  await mergeState(jobRefSchema.parse(input), await engine());
};
