import type { EngineDeps } from '../deps.ts';
import { embeddingOf } from '../store/voiceprints.ts';

export interface Risk {
  /** 0 to 100; 0 where the watchlists are empty. */
  score: number;
  generatedFraudsterId?: string | undefined;
}

/** The fraudster on the watchlists that sounds most like the embedding. Prints of another model are passed over. */
export async function closestFraudster(
  embedding: Float32Array,
  domainId: string,
  watchlistIds: readonly string[],
  { store, pool }: Pick<EngineDeps, 'store' | 'pool'>,
): Promise<Risk> {
  let closest: Risk = { score: 0 };
  for (const watchlistId of watchlistIds) {
    for (const fraudster of await store.fraudsters.on(domainId, watchlistId)) {
      if (fraudster.voiceprint.modelId !== pool.model.id) continue;
      const score = pool.score(embedding, embeddingOf(fraudster.voiceprint));
      if (closest.generatedFraudsterId === undefined || score > closest.score) {
        closest = { score, generatedFraudsterId: fraudster.generatedFraudsterId };
      }
    }
  }
  return closest;
}
