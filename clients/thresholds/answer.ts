import { z } from 'zod';

const bounds = z.tuple([z.number(), z.number()]);
const share = z.object({ score: z.number(), rate: z.number().nullable(), confidence95: bounds.nullable() });

/** What the engine answers at `/_thresholds/{domainId}`; docs/SUPPORT.md explains each member. */
export const answerSchema = z.object({
  domainId: z.string(),
  model: z.string(),
  speakers: z.number(),
  comparisons: z.number(),
  sameVoicePairs: z.number(),
  enough: z.boolean(),
  atAuthentication: share,
  atFraud: share,
  scoreFor: z.array(z.object({ falseAccepts: z.number(), score: z.number().nullable() })),
  histogram: z.array(z.number()).length(101),
  confidence95: z.array(bounds).length(101).nullable(),
  offset: z.number(),
});

export type Thresholds = z.infer<typeof answerSchema>;
export type Share = z.infer<typeof share>;

/** Share of the strangers that reach each score, 0 to 100: [101]. */
export function reaching({ histogram, comparisons }: Thresholds): number[] {
  const shares = new Array<number>(histogram.length).fill(0);
  let above = 0;
  for (let score = histogram.length - 1; score >= 0; score--) {
    above += histogram[score] ?? 0;
    shares[score] = comparisons === 0 ? 0 : above / comparisons;
  }
  return shares;
}

/** The strangers that reach one score, a whole number from 0 to 100. */
export function shareAt(thresholds: Thresholds, score: number): Share {
  const known = thresholds.comparisons > 0;
  return {
    score,
    rate: known ? (reaching(thresholds)[score] ?? 0) : null,
    confidence95: thresholds.confidence95?.[score] ?? null,
  };
}
