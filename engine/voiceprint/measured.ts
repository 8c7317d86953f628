import * as z from 'zod';

const share = z.number().min(0).max(1);

/** How often a model was wrong on recordings that it had not learned from, as `npm run evaluate` measures it. Fractions of 1. */
export const measuredSchema = z.array(
  z.object({
    /** The set, and over which line, in words. */
    on: z.string(),
    speakers: z.number().int().positive(),
    equalErrorRate: share,
    /** Of the equal error rate; left out where nothing was wrong. */
    confidence95: z.tuple([share, share]).optional(),
    /** By the calibration beside it: strangers who reach the score that authenticates, right people who don't. */
    strangersAccepted: share,
    rightTurnedAway: share,
  }),
);

export type Measured = z.infer<typeof measuredSchema>;
