import type { WatchlistSummary } from '@aws-sdk/client-voice-id';
import type { FC } from 'hono/jsx';
import type { Fraudster } from '../../../clients/fraudsters.ts';
import { Count, Text, Time } from '../../layout/words.tsx';
import { watchlistPath } from './paths.ts';

interface WatchlistsTableProps {
  watchlists: readonly WatchlistSummary[];
  fraudsters: readonly Fraudster[];
}

export const WatchlistsTable: FC<WatchlistsTableProps> = ({ watchlists, fraudsters }) => (
  <div class="wide">
    <table class="list">
      <caption>Watchlists of this domain</caption>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col" class="number">
            Fraudsters
          </th>
          <th scope="col" class="number">
            To be registered again
          </th>
          <th scope="col">Made</th>
        </tr>
      </thead>
      <tbody>
        {watchlists.map(({ WatchlistId = '', Name = '', Description, DefaultWatchlist, CreatedAt }) => {
          const on = fraudsters.filter(({ WatchlistIds }) => WatchlistIds.includes(WatchlistId));
          return (
            <tr>
              <td>
                <a href={watchlistPath(WatchlistId)}>
                  <Text of={Name} />
                </a>
                {DefaultWatchlist === true && <span class="dull"> (the default)</span>}
                {Description !== undefined && (
                  <span class="hint">
                    <Text of={Description} />
                  </span>
                )}
              </td>
              <td class="number">
                <Count of={on.length} />
              </td>
              <td class="number">
                <Count of={on.filter(({ Stale }) => Stale).length} />
              </td>
              <td>
                <Time at={CreatedAt} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  </div>
);
