import type { FC } from 'hono/jsx';
import type { ModelCard } from '../../clients/model-card.ts';
import { percent } from '../../clients/thresholds/words.ts';
import { Count, Text } from '../layout/words.tsx';

/** How often the model was wrong where somebody measured it. */
export const Measured: FC<{ model: ModelCard }> = ({ model }) => (
  <>
    <h3>How often it is wrong</h3>
    {model.measured.length === 0 ? (
      <p>
        Nobody has measured it with this calibration. <code>npm run evaluate -- DIR</code> does, on recordings of yours.
      </p>
    ) : (
      <>
        <section class="wide" tabindex={0} aria-label="How often the model is wrong">
          <table class="list">
            <caption>
              {`Recordings that it did not learn from, with the other speakers enrolled; accepted from ${model.thresholds.authentication} on`}
            </caption>
            <thead>
              <tr>
                <th scope="col">Measured on</th>
                <th scope="col" class="number">
                  People
                </th>
                <th scope="col">Equal error rate, with 95 % confidence</th>
                <th scope="col" class="number">
                  Strangers accepted
                </th>
                <th scope="col" class="number">
                  Right people turned away
                </th>
              </tr>
            </thead>
            <tbody>
              {model.measured.map(({ on, speakers, equalErrorRate, confidence95, ...at }) => (
                <tr>
                  <td>
                    <Text of={on} />
                  </td>
                  <td class="number">
                    <Count of={speakers} />
                  </td>
                  <td>
                    {percent(equalErrorRate)}
                    {confidence95 !== undefined && `, ${percent(confidence95[0])} to ${percent(confidence95[1])}`}
                  </td>
                  <td class="number">{percent(at.strangersAccepted)}</td>
                  <td class="number">{percent(at.rightTurnedAway)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
        <p>
          So few people say little of yours: <code>npm run evaluate -- DIR</code> measures it on your own recordings.
          docs/model.md says how these were measured.
        </p>
      </>
    )}
  </>
);
