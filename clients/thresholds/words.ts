import { type Share, shareAt, type Thresholds } from './answer.ts';

/** A share as a person reads it: two digits that count. */
export const percent = (share: number): string => `${Number((share * 100).toPrecision(2))} %`;

export const range = ({ confidence95 }: Share): string =>
  confidence95 === null ? '' : `${percent(confidence95[0])} to ${percent(confidence95[1])}`;

/** More strangers than this at the score that authenticates are too many; an alarm is raised, too. */
const MOST_AT_AUTHENTICATION = 0.01;

/** What to make of it, in sentences. */
export function conclusions(thresholds: Thresholds): string[] {
  const { speakers, enough, atAuthentication, scoreFor, sameVoicePairs } = thresholds;
  if (atAuthentication.rate === null) {
    return [
      `Too early to say: ${speakers === 1 ? '1 caller is' : `${speakers} callers are`} enrolled under the model in use, and it takes two to compare. Scores are held back on the safe side meanwhile: strangers are kept out, and more of the right people stay below ${atAuthentication.score}.`,
    ];
  }
  const said: string[] = [];
  if (!enough) {
    said.push(
      `Too few to rely on: ${speakers} enrolled callers. One pair of them that sounds alike decides what the rates are; scores are held back on the safe side meanwhile.`,
    );
  }
  if (enough && atAuthentication.rate > MOST_AT_AUTHENTICATION) {
    const better = scoreFor.find(({ falseAccepts }) => falseAccepts === MOST_AT_AUTHENTICATION)?.score;
    const instead =
      better === undefined || better === null ? '' : ` A threshold of ${Math.ceil(better)} would let in 1 %.`;
    said.push(
      `More than 1 % of strangers reach ${atAuthentication.score}: callers here sound more alike than the scores allow for.${instead}`,
    );
  }
  if (sameVoicePairs > 0) {
    said.push(
      `${sameVoicePairs === 1 ? 'One pair' : `${sameVoicePairs} pairs`} of them sound like one person enrolled twice, and are left out.`,
    );
  }
  return said;
}

/** How many strangers reach a score, in a sentence or two. @param score a whole number from 0 to 100 */
export function strangersAt(thresholds: Thresholds, score: number): string {
  const { rate, confidence95 } = shareAt(thresholds, score);
  if (rate === null) return 'Not known yet: it takes two enrolled callers to compare.';
  const most = confidence95 === null ? '' : ` With 95 % confidence it is ${rate === 0 ? 'at most' : 'between'} `;
  const [low = 0, high = 1] = confidence95 ?? [];
  const bounds =
    confidence95 === null ? '' : `${most}${rate === 0 ? percent(high) : `${percent(low)} and ${percent(high)}`}.`;
  if (rate === 0) return `Nobody reaches ${score}, in ${compared(thresholds)}.${bounds}`;
  if (rate === 1) return `Every stranger reaches ${score}.`;
  return `${percent(rate)} of strangers reach ${score}: ${often(rate)}.${bounds}`;
}

/** A share as people count: one in so many, or how many of a hundred. */
const often = (rate: number) =>
  rate < 0.3
    ? `about one in ${Number((1 / rate).toPrecision(2)).toLocaleString('en')}`
    : `${Math.round(rate * 100)} of a hundred`;

const compared = ({ comparisons }: Thresholds) =>
  comparisons === 1 ? '1 comparison' : `${comparisons.toLocaleString('en')} comparisons`;
