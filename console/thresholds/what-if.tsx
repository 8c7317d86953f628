import type { FC } from 'hono/jsx';
import type { Thresholds } from '../../clients/thresholds/answer.ts';
import { strangersAt } from '../../clients/thresholds/words.ts';
import { StrangersPlot } from '../charts/strangers-plot.tsx';
import { at } from '../layout/page.tsx';

/** The curve of strangers, and any score on it, in words. @param score 0 to 100 */
export const WhatIf: FC<{ thresholds: Thresholds; score: number }> = ({ thresholds, score }) => (
  <section aria-labelledby="what-if-title">
    <h2 id="what-if-title">What if the threshold were another</h2>
    <form class="row" method="get" action={at('thresholds')} data-swap="what-if" data-swap-on="input">
      <div class="grow">
        <label for="score">Threshold, 0 to 100</label>
        <input id="score" name="score" type="range" min="0" max="100" step="1" value={String(score)} />
      </div>
      <button type="submit">Show</button>
    </form>
    <div id="what-if">
      <p class="said" role="status">
        {strangersAt(thresholds, score)}
        {!thresholds.enough && ' The callers are too few to rely on it.'}
      </p>
      <StrangersPlot thresholds={thresholds} mark={{ score, label: String(score) }} />
    </div>
  </section>
);
