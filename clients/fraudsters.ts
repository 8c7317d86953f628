import type { VoiceIDClient } from '@aws-sdk/client-voice-id';
import { z } from 'zod';
import { askEngine } from './ask-engine.ts';

/** What the engine answers at `/_fraudsters/{domainId}`; docs/SUPPORT.md explains each member. */
const schema = z.object({
  Fraudsters: z.array(
    z.object({
      GeneratedFraudsterId: z.string(),
      WatchlistIds: z.array(z.string()),
      /** Epoch seconds. */
      CreatedAt: z.number(),
      /** Its voiceprint is of another model than the one in use: no voice is held against it. */
      Stale: z.boolean(),
    }),
  ),
});

export type Fraudster = z.infer<typeof schema>['Fraudsters'][number];

/** Fraudsters of a domain, or of one watchlist. @throws CommandError where the engine refuses, or is none of ours. */
export async function askFraudsters(
  voiceId: VoiceIDClient,
  domainId: string,
  watchlistId?: string,
): Promise<Fraudster[]> {
  const query = watchlistId === undefined ? {} : { watchlistId };
  return schema.parse(await askEngine(voiceId, `/_fraudsters/${domainId}`, query)).Fraudsters;
}
