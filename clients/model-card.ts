import type { VoiceIDClient } from '@aws-sdk/client-voice-id';
import { z } from 'zod';
import { askEngine } from './ask-engine.ts';

/** What the engine answers at `/_model`; docs/SUPPORT.md explains each member. */
const schema = z.object({
  id: z.string(),
  name: z.string(),
  source: z.string(),
  licence: z.string(),
  sha256: z.string(),
  bytes: z.number().nullable(),
  dimension: z.number(),
  sampleRate: z.number(),
  installed: z.boolean(),
  thresholds: z.object({ authentication: z.number(), fraud: z.number() }),
  calibration: z
    .object({
      acceptAt: z.number(),
      flagAt: z.number(),
      strangers: z.object({ median: z.number(), deviation: z.number() }),
    })
    .nullable(),
  voices: z.object({ oneRecording: z.number(), otherRecordings: z.number() }).nullable(),
  /** Fractions of 1. */
  measured: z.array(
    z.object({
      on: z.string(),
      speakers: z.number(),
      equalErrorRate: z.number(),
      confidence95: z.tuple([z.number(), z.number()]).optional(),
      strangersAccepted: z.number(),
      rightTurnedAway: z.number(),
    }),
  ),
});

export type ModelCard = z.infer<typeof schema>;

/** The speaker model in use. @throws CommandError where the engine refuses, or is none of ours. */
export async function askModelCard(voiceId: VoiceIDClient): Promise<ModelCard> {
  return schema.parse(await askEngine(voiceId, '/_model'));
}
