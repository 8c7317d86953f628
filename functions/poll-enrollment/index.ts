import { correlate, instrument, logger, traced } from '../enrollment/instrument.ts';
import { readSettings, schemas } from '../enrollment/settings.ts';
import { voiceIdClient } from '../enrollment/voice-id-client.ts';
import { inputSchema, pollEnrollment } from './poll-enrollment.ts';

const settings = readSettings(schemas.pollEnrollment, process.env);
const voiceId = traced(voiceIdClient(settings.VOICE_ID_CREDENTIALS_SECRET_ARN));

/** One look at an upload's job, for the state machine. */
export const handler = instrument(async (event) => {
  const input = inputSchema.parse(event);
  correlate(input.uploadId);
  const result = await pollEnrollment(input, { voiceId, settings, now: Date.now });
  const { jobId } = input.job;
  if (result.next === 'WAIT' && result.trouble !== undefined) {
    logger.warn('The job could not be looked at', { jobId, trouble: result.trouble, failures: result.memory.failures });
  } else logger.info('Polled the job', { jobId, next: result.next });
  return result;
});
