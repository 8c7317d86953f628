import { correlate, instrument, logger, traced } from '../../functions/enrollment/instrument.ts';
import { readSettings } from '../../functions/enrollment/settings.ts';
import { voiceIdClient } from '../../functions/enrollment/voice-id-client.ts';
import { readFlowEvent } from '../call/flow-event.ts';
import { schemas } from '../call/settings.ts';
import { checkCaller } from './check-caller.ts';

const settings = readSettings(schemas.checkCaller, process.env);
const deps = {
  voiceId: traced(voiceIdClient(settings.VOICE_ID_CREDENTIALS_SECRET_ARN)),
  domainId: settings.VOICE_ID_DOMAIN_ID,
  now: Date.now,
  warn: (message: string, error: unknown) => {
    logger.warn(message, { reason: error instanceof Error ? error.name : 'unknown' });
  },
};

/** Who is on the line, for a flow to branch on. */
export const handler = instrument(async (event) => {
  const call = readFlowEvent(event);
  correlate(call.contactId);
  const answer = await checkCaller(call, deps);
  logger.info('Checked the caller', { authentication: answer.authentication, fraud: answer.fraud });
  return answer;
});
