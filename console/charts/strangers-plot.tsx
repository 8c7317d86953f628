import type { FC } from 'hono/jsx';
import { reaching, type Thresholds } from '../../clients/thresholds/answer.ts';
import { percent } from '../../clients/thresholds/words.ts';
import { type Axis, LinePlot } from './line-plot.tsx';

/** The plot's lowest share: a rarer one is on the bottom line. */
const LOWEST = 1e-4;

const scores: Axis = {
  label: 'score',
  ticks: [0, 20, 40, 60, 80, 90, 100].map((at) => ({ at, text: String(at) })),
  place: (score) => score / 100,
};
const shares: Axis = {
  label: 'strangers who reach it',
  ticks: [1, 0.1, 0.01, 0.001, LOWEST].map((at) => ({ at, text: `${at === LOWEST ? '≤ ' : ''}${percent(at)}` })),
  place: (share) => 1 - Math.log10(Math.max(LOWEST, share)) / Math.log10(LOWEST),
};

interface StrangersPlotProps {
  thresholds: Thresholds;
  /** One score to be looked at, such as a recording's. @param score 0 to 100 */
  mark?: { score: number; label: string } | undefined;
}

/** How often strangers reach each score in a domain, with the scores that decide. For a domain that has comparisons. */
export const StrangersPlot: FC<StrangersPlotProps> = ({ thresholds, mark }) => {
  const { speakers, atAuthentication, atFraud } = thresholds;
  const reached = reaching(thresholds);
  const seen = [atFraud, atAuthentication].map(({ score, rate }) => `${percent(rate ?? 0)} reach ${score}`);
  return (
    <figure>
      <LinePlot
        label={`How often strangers reach a score here: ${seen.join(', ')}.`}
        x={scores}
        y={shares}
        points={reached.map((share, score) => [score, share] as const)}
        marks={[
          { at: atFraud.score, label: 'flagged' },
          { at: atAuthentication.score, label: 'accepted' },
          ...(mark === undefined
            ? []
            : [{ at: mark.score, label: mark.label, on: reached[Math.round(mark.score)] ?? 0 }]),
        ]}
      />
      <figcaption>
        {`How often strangers reach a score here: ${speakers} enrolled callers, each held against the others.`}
      </figcaption>
    </figure>
  );
};
