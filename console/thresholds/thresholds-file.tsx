import type { Thresholds } from '../../clients/thresholds/answer.ts';
import { conclusions } from '../../clients/thresholds/words.ts';
import { StrangersPlot } from '../charts/strangers-plot.tsx';
import { selfContainedPage } from '../layout/self-contained.tsx';
import { Basis, ScoreTables } from './scores-mean.tsx';

/** What the scores mean in a domain, as one file that stands alone. No speaker is in it. */
export function thresholdsFile(thresholds: Thresholds): Promise<string> {
  const { domainId, model, comparisons } = thresholds;
  return selfContainedPage(
    `What scores mean in domain ${domainId}`,
    <>
      <h1>What scores mean in this domain</h1>
      <dl>
        <dt>Domain</dt>
        <dd class="mono">{domainId}</dd>
        <dt>Model</dt>
        <dd>{model}</dd>
      </dl>
      {conclusions(thresholds).map((sentence) => (
        <p class="notice">{sentence}</p>
      ))}
      {comparisons > 0 && (
        <>
          <Basis thresholds={thresholds} />
          <ScoreTables thresholds={thresholds} />
          <StrangersPlot thresholds={thresholds} />
        </>
      )}
    </>,
  );
}
