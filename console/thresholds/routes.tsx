import { Hono } from 'hono';
import { z } from 'zod';
import { askFraudsters } from '../../clients/fraudsters.ts';
import { askModelCard } from '../../clients/model-card.ts';
import type { Thresholds } from '../../clients/thresholds/answer.ts';
import { askThresholds } from '../../clients/thresholds/ask.ts';
import { conclusions } from '../../clients/thresholds/words.ts';
import { speakerCounter } from '../../clients/voices/count-speakers.ts';
import type { Env } from '../env.ts';
import { Page } from '../layout/page.tsx';
import { ModelCard } from './model-card.tsx';
import { Basis, ScoreTables } from './scores-mean.tsx';
import { StalePrints, staleOf } from './stale-prints.tsx';
import { AtScore, WhatIf } from './what-if.tsx';

/** Pages of a hundred speakers that are counted before the page is shown. */
const COUNTED_PAGES = 10;

const scoreSchema = z.coerce.number().int().min(0).max(100);

/** The score that is asked about; without one that which accepts. */
const scoreOf = (query: string | undefined, { atAuthentication }: Thresholds) =>
  scoreSchema.safeParse(query).data ?? atAuthentication.score;

/** What the scores mean here, whom they can't be had for, and by which model. */
export const thresholdsRoutes = new Hono<Env>()
  .get('/at-score', async (c) => {
    const { voiceId, domainId } = c.get('operator');
    const thresholds = await askThresholds(voiceId, await domainId());
    return c.html(<AtScore thresholds={thresholds} score={scoreOf(c.req.query('score'), thresholds)} />);
  })
  .get('/', async (c) => {
    const { voiceId, domainId, place } = c.get('operator');
    const domain = await domainId();
    const [thresholds, model, fraudsters, counts] = await Promise.all([
      askThresholds(voiceId, domain),
      askModelCard(voiceId),
      askFraudsters(voiceId, domain),
      speakerCounter(domain, voiceId)(COUNTED_PAGES),
    ]);
    const stale = staleOf(counts, fraudsters);
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
            <WhatIf thresholds={thresholds} score={scoreOf(c.req.query('score'), thresholds)} />
          </>
        )}
        <StalePrints counts={counts} stale={stale} />
        <ModelCard model={model} stale={stale.speakers + stale.fraudsters} thresholdsOf={thresholds.model} />
      </Page>,
    );
  });
