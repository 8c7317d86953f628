import { randomUUID } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { html } from 'hono/html';
import type { Child, FC } from 'hono/jsx';
import { z } from 'zod';
import { moves, type Wanted } from '../../clients/runs/list.ts';
import { hasEnded } from '../../clients/runs/run.ts';
import type { Story } from '../../clients/runs/story.ts';
import type { Env } from '../env.ts';
import { at, Page } from '../layout/page.tsx';
import { live } from '../live.ts';
import { ownDomain } from '../operator.ts';
import { Outcome } from '../outcomes/outcome.tsx';
import { DropZone } from '../uploads/drop-zone.tsx';
import { nameOf } from './how-far.tsx';
import { Filter, RunTable, STATES } from './list.tsx';
import { RunView } from './run.tsx';
import { runsOf } from './runs-of.ts';

const stateSchema = z.enum(STATES.map(([state]) => state));
const querySchema = z.object({
  state: stateSchema.optional().catch(undefined),
  search: z.string().max(100).optional(),
  after: z.string().max(10_000).optional(),
});
const filterSchema = z.object({
  name: z.string().max(1024).default(''),
  state: stateSchema.optional().catch(undefined),
});

type Query = z.infer<typeof querySchema>;

/** A query as a link has it. */
function linked(query: Query): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

/** What a link asks for. `forgotten`: a search of an earlier process, or one of very many. */
function wantedOf(c: Context<Env>): { query: Query; wanted: Wanted; forgotten: boolean } {
  const query = querySchema.parse(c.req.query());
  const { searches } = runsOf(c.get('operator'));
  const name = query.search === undefined ? undefined : searches.get(query.search);
  return {
    query,
    wanted: { state: query.state, name, after: query.after },
    forgotten: query.search !== undefined && name === undefined,
  };
}

const isFiltered = ({ state, name }: Wanted) => state !== undefined || name !== undefined;

/** The upload that a page is about; undefined where there is none. */
async function storyOf(c: Context<Env>): Promise<Story | undefined> {
  const id = c.req.param('id') ?? '';
  return /^[\w-]{1,80}$/.test(id) ? runsOf(c.get('operator')).runs.story(id) : undefined;
}

/** How an upload ended, request by request; nothing where there is no more to tell than why it failed. */
const OutcomeOf: FC<{ story: Story; ownDomain: string | undefined; query: Record<string, string> }> = ({
  story: { report, run },
  ownDomain,
  query,
}) => {
  if (report === undefined) return null;
  const { outcome, outputGone, problemCount } = report;
  if (outcome === undefined && outputGone === undefined && problemCount === 0) return null;
  return (
    <div id="outcome">
      {ownDomain !== undefined && ownDomain !== run.domainId && (
        <p class="notice warn">
          This upload went into another domain than the console's. For the voices that it enrolled, open a console with{' '}
          <code>npm run vivavoce -- console --domain-id {run.domainId}</code>.
        </p>
      )}
      <Outcome report={report} ownDomain={ownDomain} path={at(`runs/${run.uploadId}`)} query={query} />
    </div>
  );
};

/** Sends what `render` gives until it says that it was the last. */
function liveUntil(c: Context<Env>, render: () => Promise<{ body: Child; last: boolean }>): Response {
  let last = false;
  return live(c, async () => {
    if (last) return undefined;
    const rendered = await render();
    last = rendered.last;
    return String(await html`${rendered.body}`);
  });
}

export const runsRoutes = new Hono<Env>()
  .get('/', async (c) => {
    const operator = c.get('operator');
    const { query, wanted, forgotten } = wantedOf(c);
    const page = await runsOf(operator).runs.list(wanted);
    const filtered = isFiltered(wanted);
    return c.html(
      <Page title="Runs" section="runs" place={operator.place}>
        <DropZone />
        <h2>All uploads</h2>
        <Filter state={wanted.state} name={wanted.name} />
        {forgotten && <p class="notice warn">What was searched for is not remembered any more: search again.</p>}
        <p class="trouble notice bad" role="alert"></p>
        <div data-live={at(`runs/live${linked(query)}`)}>
          <RunTable page={page} filtered={filtered} first={query.after === undefined} />
        </div>
        <nav class="pages" aria-label="Pages">
          {query.after !== undefined && <a href={at(`runs${linked({ ...query, after: undefined })}`)}>Newest</a>}
          {page.next !== undefined && (
            <a href={at(`runs${linked({ ...query, after: page.next })}`)}>{filtered ? 'Look further back' : 'Older'}</a>
          )}
        </nav>
      </Page>,
    );
  })
  .post('/', async (c) => {
    const { name, state } = filterSchema.parse(await c.req.parseBody());
    const { searches } = runsOf(c.get('operator'));
    const text = name.trim();
    const search = text === '' ? undefined : randomUUID();
    if (search !== undefined) searches.set(search, text);
    return c.redirect(at(`runs${linked({ state, search })}`), 303);
  })
  .get('/live', (c) => {
    const { query, wanted } = wantedOf(c);
    const { runs } = runsOf(c.get('operator'));
    return liveUntil(c, async () => {
      const page = await runs.list(wanted);
      return {
        body: <RunTable page={page} filtered={isFiltered(wanted)} first={query.after === undefined} />,
        // Nothing new comes to an older page.
        last: query.after !== undefined && !moves(page),
      };
    });
  })
  .get('/:id', async (c) => {
    const story = await storyOf(c);
    if (story === undefined) return c.notFound();
    const { uploadId, manifest } = story.run;
    const here = at(`runs/${uploadId}`);
    return c.html(
      <Page title={nameOf(manifest.key)} section="runs" place={c.get('operator').place}>
        <p>
          <a href={at('runs')}>All runs</a>
        </p>
        <p class="trouble notice bad" role="alert"></p>
        <div {...(!hasEnded(story.run) && { 'data-live': `${here}/live`, 'data-then': `${here}/outcome` })}>
          <RunView
            story={story}
            outcome={
              hasEnded(story.run) ? (
                <OutcomeOf story={story} ownDomain={await ownDomain(c.get('operator'))} query={c.req.query()} />
              ) : undefined
            }
          />
        </div>
      </Page>,
    );
  })
  .get('/:id/live', (c) =>
    liveUntil(c, async () => {
      const story = await storyOf(c);
      return { body: story && <RunView story={story} />, last: story === undefined || hasEnded(story.run) };
    }),
  )
  .get('/:id/outcome', async (c) => {
    const story = await storyOf(c);
    if (story === undefined) return c.notFound();
    return c.html(<OutcomeOf story={story} ownDomain={await ownDomain(c.get('operator'))} query={{}} />);
  });
