import type { Share, Thresholds } from './answer.ts';

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
