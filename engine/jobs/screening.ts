import type { VoicesNow } from '../scores/domain-voices.ts';
import { rowOf } from '../voiceprint/prints.ts';

export interface Risk {
  /** 0 to 100; 0 where the watchlists are empty. */
  score: number;
  generatedFraudsterId?: string | undefined;
  /** Fraudsters on the watchlists that the voice was not held against: their prints are of another model. */
  stale: number;
}

/** The voice against everybody on the watchlists at once, as the verdict counts it. */
export async function closestFraudster(
  voice: Float32Array,
  watchlistIds: readonly string[],
  voices: VoicesNow,
): Promise<Risk> {
  const scores = await voices.scores();
  let highest: Risk = { score: 0, stale: 0 };
  for (const watchlistId of watchlistIds) {
    const { prints, stale } = await voices.watchlist(watchlistId);
    const { score, closest } = scores.risk(voice, prints);
    const higher = closest !== undefined && (highest.generatedFraudsterId === undefined || score > highest.score);
    highest = { ...highest, ...(higher && { score, generatedFraudsterId: closest }), stale: highest.stale + stale };
  }
  return highest;
}

/**
 * Is it a fraudster registered before? The closest on the watchlists, with the score that an authentication as that one
 * would have: to call two voices one takes more than a risk.
 */
export async function knownFraudster(
  voice: Float32Array,
  watchlistIds: readonly string[],
  voices: VoicesNow,
): Promise<{ score: number; generatedFraudsterId?: string }> {
  const scoreAgainst = (await voices.scores()).authenticating(voice);
  let closest: { score: number; generatedFraudsterId?: string } = { score: 0 };
  for (const watchlistId of watchlistIds) {
    const { prints } = await voices.watchlist(watchlistId);
    for (const [row, id] of prints.ids.entries()) {
      const { score } = scoreAgainst({ id, embedding: rowOf(prints, row) });
      if (closest.generatedFraudsterId === undefined || score > closest.score) {
        closest = { score, generatedFraudsterId: id };
      }
    }
  }
  return closest;
}
