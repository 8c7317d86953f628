import { correlate, instrument, logger, traced } from '../enrollment/instrument.ts';
import { readSettings, schemas } from '../enrollment/settings.ts';
import { voiceIdClient } from '../enrollment/voice-id-client.ts';
import { inputSchema, startJob } from './start-job.ts';

const settings = readSettings(schemas.startJob, process.env);
const voiceId = traced(voiceIdClient(settings.VOICE_ID_CREDENTIALS_SECRET_ARN));

/** One try to start an upload's job, for the state machine. */
export const handler = instrument(async (event) => {
  const input = inputSchema.parse(event);
  correlate(input.uploadId);
  const result = await startJob(input, { voiceId, settings, now: Date.now, random: Math.random });
  if (result.next === 'WAIT') {
    logger.warn('The job could not be started yet', { trouble: result.trouble, attempts: result.attempts });
  } else logger.info('Tried to start the job', { next: result.next });
  return result;
});
