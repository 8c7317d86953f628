import type { FC } from 'hono/jsx';
import type { Share, Thresholds } from '../../clients/thresholds/answer.ts';
import { percent, range } from '../../clients/thresholds/words.ts';
import { Count } from '../layout/words.tsx';

/** Who was compared, so that a share is not taken for more than it is. */
export const Basis: FC<{ thresholds: Thresholds }> = ({ thresholds: { speakers, comparisons } }) => (
  <p>
    {'Measured among '}
    <Count of={speakers} />
    {speakers === 1 ? ' enrolled caller' : ' enrolled callers'}
    {' of this domain in '}
    <Count of={comparisons} />
    {comparisons === 1 ? ' comparison' : ' comparisons'}
    {' of one with another. They are different people, so each comparison is one of strangers.'}
  </p>
);

const Row: FC<{ what: string; at: Share }> = ({ what, at }) => (
  <tr>
    <th scope="row">{at.score}</th>
    <td>{what}</td>
    <td>{at.rate === 0 ? 'nobody' : percent(at.rate ?? 0)}</td>
    <td>{range(at)}</td>
  </tr>
);

/** What the scores that decide mean, and what they would have to be. */
export const ScoreTables: FC<{ thresholds: Thresholds }> = ({ thresholds }) => (
  <>
    <section class="wide" tabindex={0} aria-label="The scores that decide">
      <table class="small">
        <caption>The scores that decide where a flow sets no others</caption>
        <thead>
          <tr>
            <th scope="col">Score</th>
            <th scope="col">From here on</th>
            <th scope="col">Strangers who reach it</th>
            <th scope="col">With 95 % confidence</th>
          </tr>
        </thead>
        <tbody>
          <Row what="accepted as who they say they are" at={thresholds.atAuthentication} />
          <Row what="flagged as a fraudster" at={thresholds.atFraud} />
        </tbody>
      </table>
    </section>
    <table class="small">
      <caption>What to ask for, to let in no more strangers than you want</caption>
      <thead>
        <tr>
          <th scope="col">Strangers let in</th>
          <th scope="col">Acceptance threshold</th>
        </tr>
      </thead>
      <tbody>
        {thresholds.scoreFor.map(({ falseAccepts, score }) => (
          <tr>
            <td>{percent(falseAccepts)}</td>
            <td>{score === null ? 'too few comparisons to say' : Math.min(100, Math.ceil(score))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </>
);
