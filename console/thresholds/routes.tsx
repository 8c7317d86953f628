import { Hono } from 'hono';
import { z } from 'zod';
import { askFraudsters } from '../../clients/fraudsters.ts';
import { askModelCard } from '../../clients/model-card.ts';
import { askThresholds } from '../../clients/thresholds/ask.ts';
import { conclusions } from '../../clients/thresholds/words.ts';
import { speakerCounter } from '../../clients/voices/count-speakers.ts';
import type { Env } from '../env.ts';
import { Page } from '../layout/page.tsx';
import { ModelCard } from './model-card.tsx';
import { Basis, ScoreTables } from './scores-mean.tsx';
import { StalePrints } from './stale-prints.tsx';
import { WhatIf } from './what-if.tsx';

/** Pages of a hundred speakers that are counted before the page is shown. */
const COUNTED_PAGES = 10;

const scoreSchema = z.coerce.number().int().min(0).max(100);

/** What the scores mean here, whom they can't be had for, and by which model. */
export const thresholdsRoutes = new Hono<Env>().get('/', async (c) => {
  const { voiceId, domainId, place } = c.get('operator');
  const domain = await domainId();
  const [thresholds, model, fraudsters, counts] = await Promise.all([
    askThresholds(voiceId, domain),
    askModelCard(voiceId),
    askFraudsters(voiceId, domain),
    speakerCounter(domain, voiceId)(COUNTED_PAGES),
  ]);
  const score = scoreSchema.safeParse(c.req.query('score')).data ?? thresholds.atAuthentication.score;
  const isKnown = thresholds.comparisons > 0;
  return c.html(
    <Page title="Thresholds" section="thresholds" place={place}>
      {conclusions(thresholds).map((sentence) => (
        <p class="notice">{sentence}</p>
      ))}
      {isKnown && (
        <>
          <Basis thresholds={thresholds} />
          <ScoreTables thresholds={thresholds} />
          <WhatIf thresholds={thresholds} score={score} />
        </>
      )}
      <StalePrints counts={counts} fraudsters={fraudsters} />
      <ModelCard model={model} />
    </Page>,
  );
});
