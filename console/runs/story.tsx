import type { FC } from 'hono/jsx';
import type { Entry } from '../../clients/runs/timeline.ts';
import { Text, Time } from '../layout/words.tsx';
import { lasting } from './lasting.ts';

/** Of a long series of the same, such as tries, so many at its beginning and at its end are shown; the rest is folded. */
const SHOWN = 3;

type Told = Entry & { since: number | undefined };

const Line: FC<{ of: Told }> = ({ of: { at, what, detail, tone, since } }) => (
  <li class={tone}>
    <span class="what">{what}</span>
    {detail !== '' && (
      <span class="detail">
        <Text of={detail} />
      </span>
    )}
    <span class="when">
      <Time at={at} />
      {since !== undefined && <span> · {since < 50 ? 'at once' : `${lasting(since)} later`}</span>}
    </span>
  </li>
);

/** Series of the same kind, in their order. */
function series(entries: readonly Told[]): Told[][] {
  const found: Told[][] = [];
  for (const each of entries) {
    const last = found.at(-1);
    if (last?.[0]?.series !== undefined && last[0].series === each.series) last.push(each);
    else found.push([each]);
  }
  return found;
}

/** All that happened, from the upload to the last event. */
export const StoryList: FC<{ entries: readonly Entry[] }> = ({ entries }) => {
  const told = entries.map((each, index) => {
    const before = entries[index - 1];
    return { ...each, since: before && each.at.getTime() - before.at.getTime() };
  });
  return (
    <ol class="story">
      {series(told).map((same) => {
        if (same.length <= 2 * SHOWN + 2) return same.map((each) => <Line of={each} />);
        const folded = same.slice(SHOWN, -SHOWN);
        return (
          <>
            {same.slice(0, SHOWN).map((each) => (
              <Line of={each} />
            ))}
            <li class="folded">
              <details>
                <summary>and {folded.length} more like it</summary>
                <ol class="story">
                  {folded.map((each) => (
                    <Line of={each} />
                  ))}
                </ol>
              </details>
            </li>
            {same.slice(-SHOWN).map((each) => (
              <Line of={each} />
            ))}
          </>
        );
      })}
    </ol>
  );
};
