import type { FC } from 'hono/jsx';
import type { Thresholds } from '../../clients/thresholds/answer.ts';
import { strangersAt } from '../../clients/thresholds/words.ts';
import { StrangersPlot } from '../charts/strangers-plot.tsx';
import { at } from '../layout/page.tsx';

interface WhatIfProps {
  thresholds: Thresholds;
  /** 0 to 100. */
  score: number;
}

/** One score on the curve of strangers, and in words. */
export const AtScore: FC<WhatIfProps> = ({ thresholds, score }) => (
  <div id="at-score">
    <p class="said" role="status">
      {strangersAt(thresholds, score)}
      {!thresholds.enough && ' The callers are too few to rely on it.'}
    </p>
    <StrangersPlot thresholds={thresholds} mark={{ score, label: String(score) }} />
  </div>
);

/** Any score to be tried: moving it sets nothing. */
export const WhatIf: FC<WhatIfProps> = ({ thresholds, score }) => (
  <section aria-labelledby="what-if-title">
    <h2 id="what-if-title">What if the threshold were another</h2>
    <form
      class="row"
      method="get"
      action={at('thresholds')}
      data-swap="at-score"
      data-swap-on="input"
      data-swap-from={at('thresholds/at-score')}
    >
      <div class="grow">
        <label for="score">Threshold, 0 to 100</label>
        <input id="score" name="score" type="range" min="0" max="100" step="1" value={String(score)} />
      </div>
      <button type="submit">Show</button>
    </form>
    <AtScore thresholds={thresholds} score={score} />
  </section>
);
