import { reaching, type Share, type Thresholds } from '../../clients/thresholds/answer.ts';
import { conclusions, percent, range } from '../../clients/thresholds/words.ts';
import { plot } from '../evaluate/plots.ts';

/** The plot's lowest share. */
const LOWEST = 1e-4;
const SHARES = [1, 0.1, 0.01, 0.001, LOWEST];

/** Strangers who reach a score, over the score, as a self-contained SVG. */
export function thresholdsPlot(thresholds: Thresholds): string {
  const points = reaching(thresholds).map((share, score) => [score, share] as const);
  const { atAuthentication, atFraud } = thresholds;
  return plot(
    'How often strangers reach a score here',
    {
      label: 'score',
      ticks: [0, 20, 40, 60, 80, 90, 100].map((at) => ({ at, text: String(at) })),
      place: (score) => score / 100,
    },
    {
      label: 'strangers who reach it, %',
      ticks: SHARES.map((at) => ({ at, text: String(Number((at * 100).toPrecision(1))) })),
      place: (share) => 1 - Math.log10(Math.max(LOWEST, share)) / Math.log10(LOWEST),
    },
    [{ label: `${thresholds.speakers} enrolled callers with each other`, points }],
    [atFraud, atAuthentication].map(({ score }) => `<path class="mark" d="x=${score}"/>`).join(''),
  );
}

/** One self-contained page. No speaker is in it. */
export function page(thresholds: Thresholds): string {
  const { atAuthentication, atFraud, scoreFor, speakers, comparisons, domainId, model } = thresholds;
  const row = (what: string, at: Share) =>
    `<tr><td>${at.score}</td><td>${what}</td><td>${at.rate === null ? 'not known' : percent(at.rate)}</td><td>${range(at)}</td></tr>`;
  const wanted = scoreFor.map(
    ({ falseAccepts, score }) =>
      `<tr><td>${percent(falseAccepts)}</td><td>${score === null ? 'too few comparisons to say' : Math.min(100, Math.ceil(score))}</td></tr>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>What scores mean in domain ${domainId}</title>
<style>body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:48rem;padding:0 1rem;color:#1c1c1c}table{border-collapse:collapse;width:100%;margin:1.5rem 0}
th,td{text-align:left;padding:.3rem .8rem;border-bottom:1px solid #ddd}svg{max-width:100%;height:auto}</style>
<h1>What scores mean in this domain</h1>
<p>Domain ${domainId}, model ${model}: ${speakers} enrolled callers, ${comparisons} comparisons of one with another. They are different people, so every comparison is one of strangers.</p>
${conclusions(thresholds)
  .map((sentence) => `<p><strong>${sentence}</strong></p>`)
  .join('\n')}
<table><tr><th>score</th><th>from here on</th><th>strangers who reach it</th><th>95% confidence</th></tr>
${row('accepted', atAuthentication)}
${row('flagged as a fraudster', atFraud)}</table>
<table><tr><th>strangers let in</th><th>threshold</th></tr>${wanted.join('\n')}</table>
${thresholdsPlot(thresholds)}</html>
`;
}
