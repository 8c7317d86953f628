import type { FC } from 'hono/jsx';
import type { Fraudster } from '../../../clients/fraudsters.ts';
import { Time } from '../../layout/words.tsx';
import { shortOf } from '../speakers/speaker-path.ts';
import { fraudsterPath } from './paths.ts';

/** Whether a voice is held against it, in words. */
export const Print: FC<{ stale: boolean }> = ({ stale }) =>
  stale ? (
    <span class="status warn">must be registered again</span>
  ) : (
    <span class="status good">compared with calls</span>
  );

export const FraudstersTable: FC<{ fraudsters: readonly Fraudster[]; caption: string }> = ({ fraudsters, caption }) => (
  <div class="wide">
    <table class="list">
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Generated id</th>
          <th scope="col">Voiceprint</th>
          <th scope="col">Registered</th>
        </tr>
      </thead>
      <tbody>
        {fraudsters.map(({ GeneratedFraudsterId, Stale, CreatedAt }) => (
          <tr>
            <td class="mono">
              <a href={fraudsterPath(GeneratedFraudsterId)}>{shortOf(GeneratedFraudsterId)}</a>
            </td>
            <td>
              <Print stale={Stale} />
            </td>
            <td>
              <Time at={new Date(CreatedAt * 1000)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);
