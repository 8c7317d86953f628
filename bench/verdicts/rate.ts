import { generator } from '../../cli/evaluate/error-rates.ts';

/** Something that went right or wrong, and the people whose voices it is about. */
export interface Outcome {
  people: readonly number[];
  wrong: boolean;
}

export interface Rate {
  wrong: number;
  of: number;
  /** Fraction of 1, and the bounds that hold it for other people like these with 95% confidence. */
  rate: number;
  confidence95: [low: number, high: number];
}

const ROUNDS = 1000;

/**
 * Share of the outcomes that are wrong, with a bootstrap over people, not over outcomes: those of one person are alike.
 * Where none is wrong the bootstrap says nothing: the upper bound is then that of as many people without one,
 * 1 - 0.05^(1/people).
 */
export function rateOf(outcomes: readonly Outcome[], people: number): Rate | undefined {
  if (outcomes.length === 0) return undefined;
  const wrong = outcomes.filter((outcome) => outcome.wrong).length;
  const random = generator(1);
  const drawn: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const weights = new Array<number>(people).fill(0);
    for (let i = 0; i < people; i++) {
      const who = Math.floor(random() * people);
      weights[who] = (weights[who] ?? 0) + 1;
    }
    let all = 0;
    let some = 0;
    for (const outcome of outcomes) {
      const counted = outcome.people.reduce((product, who) => product * (weights[who] ?? 0), 1);
      all += counted;
      if (outcome.wrong) some += counted;
    }
    if (all > 0) drawn.push(some / all);
  }
  drawn.sort((a, b) => a - b);
  const rate = wrong / outcomes.length;
  const at = (share: number) => drawn[Math.min(drawn.length - 1, Math.floor(share * drawn.length))] ?? rate;
  const heard = new Set(outcomes.flatMap((outcome) => outcome.people)).size;
  const high = wrong === 0 ? 1 - 0.05 ** (1 / heard) : Math.max(rate, at(0.975));
  return { wrong, of: outcomes.length, rate, confidence95: [Math.min(rate, at(0.025)), high] };
}
