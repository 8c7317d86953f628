import type { FC } from 'hono/jsx';
import type { OutcomeRow } from '../../clients/output-file.ts';
import { Count, Text } from '../layout/words.tsx';
import { countsOf } from './groups.ts';

/** The bar's own units; it is stretched to whatever room there is. */
const WIDTH = 1000;
/** What even one of 10,000 requests gets, so that it is seen. */
const LEAST = 6;
const GAP = 2;

/** Where each part begins and how wide it is: in proportion, but none too thin to be seen. */
function partsOf(counts: readonly number[]): { x: number; width: number }[] {
  const room = WIDTH - GAP * (counts.length - 1);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const wanted = counts.map((count) => Math.max(LEAST, (room * count) / total));
  const shrink = room / wanted.reduce((sum, width) => sum + width, 0);
  let x = 0;
  return wanted.map((width) => {
    const part = { x, width: width * shrink };
    x += part.width + GAP;
    return part;
  });
}

/** Whole percents, of which neither 0 nor 100 says so of some. */
function shareOf(count: number, total: number): string {
  const percent = (100 * count) / total;
  if (percent < 1) return 'less than 1%';
  if (percent > 99 && count < total) return 'more than 99%';
  return `${Math.round(percent)}%`;
}

/** How many requests ended how: a bar, and a table that says the same in words. */
export const Counts: FC<{ rows: readonly OutcomeRow[] }> = ({ rows }) => {
  const counts = countsOf(rows);
  const parts = partsOf(counts.map(({ count }) => count));
  return (
    <>
      <svg class="counts" viewBox={`0 0 ${WIDTH} 10`} preserveAspectRatio="none" aria-hidden="true">
        {counts.map(({ tone }, index) => (
          <rect class={tone} y="0" height="10" {...parts[index]} />
        ))}
      </svg>
      <table class="counts">
        <caption class="unseen">How the requests ended</caption>
        <thead class="unseen">
          <tr>
            <th scope="col">Outcome</th>
            <th scope="col">Requests</th>
            <th scope="col">Share</th>
          </tr>
        </thead>
        <tbody>
          {counts.map(({ word, tone, count }) => (
            <tr>
              <th scope="row">
                <span class={`status ${tone}`}>
                  <Text of={word} />
                </span>
              </th>
              <td class="number">
                <Count of={count} />
              </td>
              <td class="dull">{shareOf(count, rows.length)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
};
