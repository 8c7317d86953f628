import { reaching, type Thresholds } from '../../clients/thresholds/answer.ts';
import { conclusions, percent, range } from '../../clients/thresholds/words.ts';
import { table } from '../terminal.ts';

const BAR = 40;
/** The shortest bar's share; shares are drawn on a logarithmic scale, a quarter of the bar for each power of ten. */
const LOWEST = 1e-4;

const bar = (share: number) =>
  share < LOWEST ? '' : '█'.repeat(Math.max(1, Math.round(BAR * (1 - Math.log10(share) / Math.log10(LOWEST)))));

/** What the scores mean in a domain, as a person reads it. */
export function report(thresholds: Thresholds): string {
  const { speakers, comparisons, atAuthentication, atFraud, scoreFor } = thresholds;
  const sections = [
    `${speakers} enrolled callers of model ${thresholds.model}, ${comparisons} comparisons of one with another`,
    ...conclusions(thresholds),
  ];
  if (atAuthentication.rate !== null) {
    const line = (what: string, at: typeof atFraud) => [String(at.score), what, percent(at.rate ?? 0), range(at)];
    sections.push(
      table(
        ['score', 'from here on', 'strangers who reach it', '95% confidence'],
        [line('accepted', atAuthentication), line('flagged as a fraudster', atFraud)],
      ),
      table(
        ['strangers let in', 'threshold'],
        scoreFor.map(({ falseAccepts, score }) => [
          percent(falseAccepts),
          score === null ? 'too few comparisons to say' : String(Math.min(100, Math.ceil(score))),
        ]),
      ),
    );
    const shares = reaching(thresholds);
    const rows = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100].map((score) => {
      const share = shares[score] ?? 0;
      return `${String(score).padStart(5)}  ${bar(share).padEnd(BAR)}  ${share === 0 ? 'nobody' : percent(share)}`;
    });
    sections.push(['score  strangers who reach it (logarithmic)', ...rows].join('\n'));
  }
  return sections.join('\n\n');
}
