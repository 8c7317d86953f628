import * as z from 'zod';
import { bucket, members, seconds, voiceId } from '../../functions/enrollment/settings.ts';

/** What each function reads of its environment. */
export const schemas = {
  listenToCall: z.object({
    VOICE_ID_DOMAIN_ID: members.domainId,
    RECORDINGS_BUCKET: bucket,
    MANIFESTS_BUCKET: bucket,
    /** Before every manifest's key: those without it start no job. */
    MANIFEST_PREFIX: z.string().default(''),
    /** A stream that is silent for so long is of a call that has ended. */
    CALL_IDLE_SECONDS: seconds(1).default(30),
    ...voiceId,
  }),
  checkCaller: z.object({ VOICE_ID_DOMAIN_ID: members.domainId, ...voiceId }),
};

export type ListenToCallSettings = z.infer<typeof schemas.listenToCall>;
export type CheckCallerSettings = z.infer<typeof schemas.checkCaller>;
