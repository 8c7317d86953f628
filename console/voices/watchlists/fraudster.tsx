import type { WatchlistSummary } from '@aws-sdk/client-voice-id';
import type { FC } from 'hono/jsx';
import type { Fraudster as Known } from '../../../clients/fraudsters.ts';
import { Text, Time } from '../../layout/words.tsx';
import { Print } from './fraudsters-table.tsx';
import { fraudsterPath, watchlistPath } from './paths.ts';

interface FraudsterProps {
  fraudster: Known;
  watchlists: readonly WatchlistSummary[];
}

/** One fraudster, the watchlists that it is on, and those it could be put on. */
export const Fraudster: FC<FraudsterProps> = ({ fraudster, watchlists }) => {
  const { GeneratedFraudsterId: id, WatchlistIds, Stale, CreatedAt } = fraudster;
  const [on, off] = [true, false].map((wanted) =>
    watchlists.filter(({ WatchlistId = '' }) => WatchlistIds.includes(WatchlistId) === wanted),
  );
  return (
    <>
      <dl>
        <dt>Voiceprint</dt>
        <dd>
          <Print stale={Stale} />
        </dd>
        <dt>Registered</dt>
        <dd>
          <Time at={new Date(CreatedAt * 1000)} />
        </dd>
      </dl>
      {Stale && (
        <p class="notice warn">
          Its voiceprint is of another model than the one in use, so no voice is held against it. Register it again from
          the recordings, then delete this one.
        </p>
      )}
      <h2>On these watchlists</h2>
      <ul class="lines">
        {on?.map(({ WatchlistId = '', Name = '' }) => (
          <li>
            <a href={watchlistPath(WatchlistId)}>
              <Text of={Name} />
            </a>
            {on.length > 1 && (
              <form method="post" action={fraudsterPath(id, 'off')}>
                <input type="hidden" name="watchlistId" value={WatchlistId} />
                <button type="submit" class="plain">
                  Take off<span class="unseen">{` ${Name}`}</span>
                </button>
              </form>
            )}
          </li>
        ))}
      </ul>
      {on?.length === 1 && <p class="dull">It must be on at least one: put it on another first, or delete it.</p>}
      {off !== undefined && off.length > 0 && (
        <form class="row" method="post" action={fraudsterPath(id, 'on')}>
          <div class="grow">
            <label for="watchlistId">Put it on another</label>
            <select id="watchlistId" name="watchlistId">
              {off.map(({ WatchlistId = '', Name = '' }) => (
                <option value={WatchlistId}>{Name}</option>
              ))}
            </select>
          </div>
          <button type="submit">Put on</button>
        </form>
      )}
      <p class="acts">
        <a class="button" href={fraudsterPath(id, 'delete')}>
          Delete …
        </a>
      </p>
    </>
  );
};
