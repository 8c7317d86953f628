import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { SFNClient } from '@aws-sdk/client-sfn';
import { correlate, instrument, logger, metrics, traced } from '../enrollment/instrument.ts';
import { metricOf, REQUESTS_FAILED, SAME_VOICE, SPEAKERS_ENROLLED, TIME_TO_ENROLL } from '../enrollment/metrics.ts';
import { s3Client } from '../enrollment/s3-client.ts';
import { readSettings, schemas } from '../enrollment/settings.ts';
import { endDeadExecution, statusChangeSchema } from './end-dead-execution.ts';
import { type Ending, inputSchema, summarizeEnrollment } from './summarize-enrollment.ts';

const settings = readSettings(schemas.summarizeEnrollment, process.env);
const s3 = traced(s3Client(process.env));
const stepFunctions = traced(new SFNClient({}));

function measure({ detail }: Ending, status: keyof typeof metricOf): void {
  metrics.addMetric(metricOf[status], MetricUnit.Count, 1);
  if (detail.counts !== undefined) {
    metrics.addMetric(SPEAKERS_ENROLLED, MetricUnit.Count, detail.counts.enrolled + detail.counts.overwritten);
    metrics.addMetric(REQUESTS_FAILED, MetricUnit.Count, detail.counts.failed);
    metrics.addMetric(SAME_VOICE, MetricUnit.Count, detail.counts.sameVoice);
  }
  if (detail.createdAt !== undefined) {
    const seconds = (Date.parse(detail.endedAt) - Date.parse(detail.createdAt)) / 1000;
    metrics.addMetric(TIME_TO_ENROLL, MetricUnit.Seconds, Math.max(0, seconds));
  }
}

/** The end of an upload, for the state machine; or the event of an execution that died, for its ending. */
export const handler = instrument(async (event) => {
  const died = statusChangeSchema.safeParse(event);
  if (died.success) {
    correlate(died.data.detail.name);
    const ending = await endDeadExecution(died.data, { stepFunctions, stateMachineArn: settings.STATE_MACHINE_ARN });
    logger.warn('An execution died', { status: died.data.detail.status, ending });
    return undefined;
  }
  const input = inputSchema.parse(event);
  const { uploadId, job, outcome } = input.execution;
  correlate(uploadId);
  const ending = await summarizeEnrollment(input, { s3, now: () => new Date() });
  measure(ending, outcome.status);
  logger.info('Upload ended', { jobId: job?.jobId, status: outcome.status, counts: ending.detail.counts });
  return ending;
});
