/** How a model's embeddings of strangers are to each other, measured where it was calibrated; kept in model.json. */
export interface StrangerPrior {
  /** How close strangers are taken to come to a voice while none is known: high, so that nobody gets in by ignorance. */
  closest: number;
  /** Mean cosine of strangers, as usual: what the fraud check assumes, whose safe side is not the high one. */
  mean: number;
  /** Standard deviation of a voice's cosines with strangers. A few strangers tell the mean, but not this. */
  deviation: number;
}

/** The closest fifth of the strangers are averaged, and at least three. */
const CLOSEST_SHARE = 0.2;
const CLOSEST_LEAST = 3;
/** The mean of a normal distribution's highest fifth, in standard deviations above its mean. */
const HIGHEST_FIFTH = 1.4;
/** What is assumed counts as much as half a stranger. */
const ASSUMED_WEIGHT = 0.5;
/** So many strangers show their own closest fifth as well as mean and prior tell it. */
const ENOUGH_TO_SHOW = 20;

/** A voice's cosines with n strangers, worked out once for however many of them are left out. */
export interface Ranked {
  cosines: Float32Array;
  /** Rows of the strangers, the closest first. */
  order: Uint32Array;
  sum: number;
}

export function rank(cosines: Float32Array): Ranked {
  const order = Uint32Array.from(cosines.keys()).sort((one, other) => (cosines[other] ?? 0) - (cosines[one] ?? 0));
  return { cosines, order, sum: cosines.reduce((sum, cosine) => sum + cosine, 0) };
}

/**
 * How close strangers come to a voice: what a match has to beat. Where the people of a domain sound alike, for what they
 * say, for how, or for the line that it comes over, they come close to everybody, and a bare cosine means little.
 *
 * The mean cosine of the closest fifth; while the strangers are few, estimated from their mean and the prior, and on the
 * safe side by the error that such a mean has.
 * @param without rows that are no strangers to the voice.
 * @param closest what is assumed without any stranger, if not the prior's.
 */
export function closeness(
  { cosines, order, sum }: Ranked,
  without: ReadonlySet<number>,
  { deviation, ...prior }: StrangerPrior,
  closest = prior.closest,
): number {
  let n = cosines.length;
  let total = sum;
  for (const row of without) {
    const cosine = cosines[row];
    if (cosine === undefined) continue;
    total -= cosine;
    n--;
  }
  const assumedMean = closest - (HIGHEST_FIFTH + 1) * deviation;
  const told = (total + ASSUMED_WEIGHT * assumedMean) / (n + ASSUMED_WEIGHT) + HIGHEST_FIFTH * deviation;
  const doubt = deviation / Math.sqrt(n + 1);
  if (n < CLOSEST_LEAST) return Math.min(closest, told + doubt);
  const count = Math.max(CLOSEST_LEAST, Math.ceil(CLOSEST_SHARE * n));
  let highest = 0;
  let taken = 0;
  for (let place = 0; taken < count; place++) {
    const row = order[place] ?? 0;
    if (without.has(row)) continue;
    highest += cosines[row] ?? 0;
    taken++;
  }
  const weight = n / (n + ENOUGH_TO_SHOW);
  return Math.min(closest, weight * (highest / count) + (1 - weight) * told + doubt);
}

/** What is assumed for the fraud check without any stranger: that of a usual domain. */
export function usualClosest({ mean, deviation }: StrangerPrior): number {
  return mean + (HIGHEST_FIFTH + 1) * deviation;
}
