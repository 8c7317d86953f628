import {
  AssociateFraudsterCommand,
  CreateWatchlistCommand,
  DeleteFraudsterCommand,
  DisassociateFraudsterCommand,
  ListFraudsterRegistrationJobsCommand,
} from '@aws-sdk/client-voice-id';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { explain } from '../../../clients/explain.ts';
import { askFraudsters } from '../../../clients/fraudsters.ts';
import { listWatchlists } from '../../../clients/voices/list-watchlists.ts';
import type { Env } from '../../env.ts';
import { at } from '../../layout/page.tsx';
import { Text } from '../../layout/words.tsx';
import { generatedOf } from '../speakers/speaker-path.ts';
import { VoicesPage } from '../voices-page.tsx';
import { CreateForm, mistakeIn, type NewWatchlist } from './create-form.tsx';
import { DELETE_WORD, DeleteFraudster } from './delete-fraudster.tsx';
import { Fraudster } from './fraudster.tsx';
import { FraudstersTable } from './fraudsters-table.tsx';
import { fraudsterPath, watchlistPath } from './paths.ts';
import { RegistrationJobs } from './registration-jobs.tsx';
import { WatchlistsTable } from './watchlists-table.tsx';

/** Jobs that are listed. */
const MOST_JOBS = 20;

const text = z.string().trim().catch('');
const newSchema = z.object({ name: text, description: text });
const watchlistSchema = z.object({ watchlistId: text });
const typedSchema = z.object({ typed: text });

/** Watchlists, jobs, and the form for another list, with what was wrong with it. */
async function all(c: Context<Env>, sent?: { given: NewWatchlist; mistake: string }) {
  const { voiceId, domainId, place } = c.get('operator');
  const DomainId = await domainId();
  const [watchlists, fraudsters, jobs] = await Promise.all([
    listWatchlists(DomainId, voiceId),
    askFraudsters(voiceId, DomainId),
    voiceId.send(new ListFraudsterRegistrationJobsCommand({ DomainId, MaxResults: MOST_JOBS })),
  ]);
  return c.html(
    <VoicesPage title="Fraudsters and watchlists" part="watchlists" place={place}>
      <p>
        A call is screened against the watchlist that its flow names, a recording that enrolls somebody against those
        that its job names: where none is named, against the default one.
      </p>
      <WatchlistsTable watchlists={watchlists} fraudsters={fraudsters} />
      <CreateForm {...sent} />
      <RegistrationJobs jobs={jobs.JobSummaries ?? []} />
    </VoicesPage>,
    sent === undefined ? 200 : 400,
  );
}

const notThere = (c: Context<Env>, what: string) =>
  c.html(
    <VoicesPage title="Not there any more" part="watchlists" place={c.get('operator').place}>
      <p class="notice warn">{`There is no such ${what}: somebody has deleted it since, or the address is not whole.`}</p>
      <p>
        <a href={at('voices/watchlists')}>Fraudsters and watchlists</a>
      </p>
    </VoicesPage>,
    404,
  );

async function oneFraudster(c: Context<Env>, short: string, mistake?: string) {
  const { voiceId, domainId, place } = c.get('operator');
  const DomainId = await domainId();
  const [fraudsters, watchlists] = await Promise.all([
    askFraudsters(voiceId, DomainId),
    listWatchlists(DomainId, voiceId),
  ]);
  const fraudster = fraudsters.find(({ GeneratedFraudsterId }) => GeneratedFraudsterId === generatedOf(short));
  if (fraudster === undefined) return notThere(c, 'fraudster');
  return c.html(
    <VoicesPage title={`Fraudster ${short}`} part="watchlists" place={place}>
      {mistake !== undefined && (
        <p class="notice bad" role="alert">
          {mistake}
        </p>
      )}
      <Fraudster fraudster={fraudster} watchlists={watchlists} />
    </VoicesPage>,
    mistake === undefined ? 200 : 409,
  );
}

/** Does it, then shows the fraudster; with what the engine said, where it refused. */
async function acted(c: Context<Env>, short: string, act: () => Promise<unknown>) {
  try {
    await act();
  } catch (error) {
    return oneFraudster(c, short, explain(error));
  }
  return c.redirect(fraudsterPath(generatedOf(short)), 303);
}

/** Whom the engine is warned of. */
export const watchlistsRoutes = new Hono<Env>()
  .get('/watchlists', (c) => all(c))
  .post('/watchlists', async (c) => {
    const { voiceId, domainId } = c.get('operator');
    const given = newSchema.parse(await c.req.parseBody());
    const mistake = mistakeIn(given);
    if (mistake !== undefined) return all(c, { given, mistake });
    const DomainId = await domainId();
    const asked = { DomainId, Name: given.name, ...(given.description !== '' && { Description: given.description }) };
    try {
      const { Watchlist } = await voiceId.send(new CreateWatchlistCommand(asked));
      return c.redirect(watchlistPath(Watchlist?.WatchlistId ?? ''), 303);
    } catch (error) {
      return all(c, { given, mistake: explain(error) });
    }
  })
  .get('/watchlists/:id', async (c) => {
    const { voiceId, domainId, place } = c.get('operator');
    const id = c.req.param('id');
    const DomainId = await domainId();
    const watchlist = (await listWatchlists(DomainId, voiceId)).find(({ WatchlistId }) => WatchlistId === id);
    if (watchlist === undefined) return notThere(c, 'watchlist');
    const { Name = '', Description } = watchlist;
    const fraudsters = await askFraudsters(voiceId, DomainId, id);
    return c.html(
      <VoicesPage title={Name} part="watchlists" place={place}>
        {Description !== undefined && (
          <p>
            <Text of={Description} />
          </p>
        )}
        <dl>
          <dt>Watchlist id</dt>
          <dd class="mono">{id}</dd>
        </dl>
        {fraudsters.length === 0 ? (
          <p class="empty">
            Nobody is on this watchlist. A registration job puts fraudsters on it, or a fraudster's own page does.
          </p>
        ) : (
          <FraudstersTable fraudsters={fraudsters} caption="Fraudsters on this watchlist" />
        )}
      </VoicesPage>,
    );
  })
  .get('/fraudsters/:short', (c) => oneFraudster(c, c.req.param('short')))
  .get('/fraudsters/:short/:act{on|off}', (c) => c.redirect(fraudsterPath(generatedOf(c.req.param('short'))), 303))
  .post('/fraudsters/:short/on', async (c) => {
    const { voiceId, domainId } = c.get('operator');
    const short = c.req.param('short');
    const { watchlistId: WatchlistId } = watchlistSchema.parse(await c.req.parseBody());
    const fraudster = { DomainId: await domainId(), FraudsterId: generatedOf(short), WatchlistId };
    return acted(c, short, () => voiceId.send(new AssociateFraudsterCommand(fraudster)));
  })
  .post('/fraudsters/:short/off', async (c) => {
    const { voiceId, domainId } = c.get('operator');
    const short = c.req.param('short');
    const { watchlistId: WatchlistId } = watchlistSchema.parse(await c.req.parseBody());
    const fraudster = { DomainId: await domainId(), FraudsterId: generatedOf(short), WatchlistId };
    return acted(c, short, () => voiceId.send(new DisassociateFraudsterCommand(fraudster)));
  })
  .get('/fraudsters/:short/delete', (c) =>
    c.html(
      <VoicesPage title="Delete a fraudster" part="watchlists" place={c.get('operator').place}>
        <DeleteFraudster id={generatedOf(c.req.param('short'))} />
      </VoicesPage>,
    ),
  )
  .post('/fraudsters/:short/delete', async (c) => {
    const { voiceId, domainId, place } = c.get('operator');
    const id = generatedOf(c.req.param('short'));
    if (typedSchema.parse(await c.req.parseBody()).typed.toLowerCase() !== DELETE_WORD) {
      return c.html(
        <VoicesPage title="Delete a fraudster" part="watchlists" place={place}>
          <DeleteFraudster id={id} mistake={`Nothing was deleted: type “${DELETE_WORD}” first.`} />
        </VoicesPage>,
        400,
      );
    }
    try {
      await voiceId.send(new DeleteFraudsterCommand({ DomainId: await domainId(), FraudsterId: id }));
    } catch (error) {
      if (error instanceof Error && error.name === 'ResourceNotFoundException') return notThere(c, 'fraudster');
      throw error;
    }
    return c.redirect(at('voices/watchlists'), 303);
  });
