import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { SFNClient } from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { clientToken } from '../enrollment/client-token.ts';
import { UnrecognizedEventError } from '../enrollment/errors.ts';
import { instrument, logger, metrics, traced } from '../enrollment/instrument.ts';
import { MANIFESTS_RECEIVED } from '../enrollment/metrics.ts';
import { s3Client } from '../enrollment/s3-client.ts';
import { readSettings, schemas } from '../enrollment/settings.ts';
import { uploadsOf } from '../enrollment/upload.ts';
import { voiceIdClient } from '../enrollment/voice-id-client.ts';
import { startEnrollment } from './start-enrollment.ts';

const settings = readSettings(schemas.startEnrollment, process.env);
const deps = {
  settings,
  now: Date.now,
  s3: traced(s3Client(process.env)),
  voiceId: traced(voiceIdClient(settings.VOICE_ID_CREDENTIALS_SECRET_ARN)),
  stepFunctions: traced(new SFNClient({})),
};
const processor = new BatchProcessor(EventType.SQS);

/** What is used of an SQS event. Powertools' schema of it would bring all of zod into the bundle. */
const batchSchema = z.object({
  Records: z
    .array(z.looseObject({ eventSource: z.literal('aws:sqs'), messageId: z.string(), body: z.string() }))
    .min(1),
});
type Message = z.infer<typeof batchSchema>['Records'][number];

async function start(event: unknown): Promise<void> {
  for (const upload of uploadsOf(event)) {
    const correlation = { correlation_id: clientToken(upload) };
    try {
      const { handedOff } = await startEnrollment(upload, deps);
      if (handedOff !== 'BEFORE') metrics.addMetric(MANIFESTS_RECEIVED, MetricUnit.Count, 1);
      logger.info('Upload handed off', { ...correlation, outcome: handedOff });
    } catch (error) {
      logger.error('Upload not handed off', { ...correlation, ...reasonOf(error) });
      throw error;
    }
  }
}

/** Name and message alone: a cause may quote what was read. */
function reasonOf(error: unknown): { reason: string } {
  return { reason: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
}

function parseBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new UnrecognizedEventError('The message body is not JSON.', { cause });
  }
}

async function startRecord(message: Message): Promise<void> {
  try {
    await start(parseBody(message.body));
  } catch (error) {
    // Without the body: it is not ours to log. The message id finds it in the queue.
    logger.error('Message to be delivered again', { messageId: message.messageId, ...reasonOf(error) });
    throw error;
  }
}

/** Object-created events from SQS (failed records are reported, the others done), or one event on its own. */
export const handler = instrument(async (event, context) => {
  const batch = batchSchema.safeParse(event);
  if (!batch.success) return start(event);
  // One after the other: uploads start their jobs in the order in which they came.
  return processPartialResponse(batch.data, startRecord, processor, {
    context,
    processInParallel: false,
    throwOnFullBatchFailure: false,
  });
});
