import * as z from 'zod';

/**
 * Plain cosines that tell one person's speech from two people's: of one model, measured by `npm run evaluate -- --limits`,
 * in its description.
 */
export const voiceLimitsSchema = z.object({
  /** Below it, the two groups that a recording's stretches fall into are two people's. */
  oneRecording: z.number(),
  /** Below it, the two groups that a request's recordings fall into are. */
  otherRecordings: z.number(),
  /**
   * From which on the voiceprints of two speakers are one voice's: between `least`, which one in a thousand pairs of
   * strangers reaches, and `most`, which two of three pairs of one speaker's
   * short halves reach; what it is among these people,
   * `sameVoiceLimit` says.
   */
  sameVoice: z.object({ least: z.number(), most: z.number() }),
});

export type VoiceLimits = z.infer<typeof voiceLimitsSchema>;
