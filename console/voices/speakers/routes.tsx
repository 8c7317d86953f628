import { randomBytes } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { askModelCard } from '../../../clients/model-card.ts';
import { remember } from '../../../clients/remember.ts';
import { SPEAKER_ID } from '../../../clients/speaker-id.ts';
import { speakerCounter } from '../../../clients/voices/count-speakers.ts';
import { speakersPage } from '../../../clients/voices/list-speakers.ts';
import type { Env } from '../../env.ts';
import { at } from '../../layout/page.tsx';
import { live } from '../../live.ts';
import { Confirm } from '../erasures/confirm.tsx';
import { searchTrouble } from '../erasures/search-trouble.ts';
import { VoicesPage } from '../voices-page.tsx';
import { Filter } from './filter.tsx';
import { FindForm } from './find-form.tsx';
import { knownSpeaker } from './known-speaker.ts';
import { listQuery, queryOf } from './list-query.ts';
import { revealSchema, shownOf } from './reveal.ts';
import { Speaker } from './speaker.tsx';
import { generatedOf, speakerPath } from './speaker-path.ts';
import { SpeakersPage } from './speakers-page.tsx';
import { SpeakersTable } from './speakers-table.tsx';

/** Pages of a hundred that are counted before the page is shown, and between two looks at the count afterwards. */
const COUNTED_PAGES = 10;
const LOOK_MS = 50;

/** Customer ids that were looked for, by ids that name nobody: one that is looked for is in no address. */
const lookedFor = remember<string>(100);

const findSchema = z.object({ speakerId: z.string().trim().catch('') });

/** A page of speakers, with the customer ids that its form has asked for. */
async function listed(c: Context<Env>) {
  const { voiceId, domainId } = c.get('operator');
  const { after, status } = listQuery.parse(c.req.query());
  const asked = revealSchema.parse(c.req.method === 'POST' ? await c.req.parseBody({ all: true }) : {});
  const page = await speakersPage({ DomainId: await domainId(), status, after }, voiceId);
  const shown = shownOf(
    asked,
    page.speakers.map(({ GeneratedSpeakerId = '' }) => GeneratedSpeakerId),
  );
  const query = queryOf({ after, status });
  return { page, table: <SpeakersTable speakers={page.speakers} shown={shown} query={query} /> };
}

/** The list, and how many there are. */
async function list(c: Context<Env>) {
  const { voiceId, domainId, place } = c.get('operator');
  const [{ page, table }, counts] = await Promise.all([
    listed(c),
    speakerCounter(await domainId(), voiceId)(COUNTED_PAGES),
  ]);
  const query = listQuery.parse(c.req.query());
  return c.html(
    <SpeakersPage place={place} query={query} counts={counts} page={page}>
      {table}
    </SpeakersPage>,
  );
}

/** One speaker; or that there is none any more. */
async function one(c: Context<Env>, short: string, isShown: boolean) {
  const { voiceId, domainId, place, now } = c.get('operator');
  const id = generatedOf(short);
  const [speaker, model] = await Promise.all([knownSpeaker(await domainId(), id, voiceId), askModelCard(voiceId)]);
  if (speaker === undefined) return gone(c);
  return c.html(
    <VoicesPage title={`Speaker ${short}`} part="speakers" place={place}>
      <Speaker speaker={speaker} isShown={isShown} model={model.name} now={now()} />
      <p class="acts">
        {speaker.Status === 'ENROLLED' && (
          <a class="button" href={at(`ears?speaker=${short}`)}>
            Hold a recording against them
          </a>
        )}
        <a class="button" href={`${speakerPath(id)}/erase`}>
          Erase or opt out …
        </a>
      </p>
    </VoicesPage>,
  );
}

const gone = (c: Context<Env>) =>
  c.html(
    <VoicesPage title="Not there any more" part="speakers" place={c.get('operator').place}>
      <p class="notice warn">
        There is no such speaker: somebody has deleted them since, or the address is not whole. To look for what names
        them in the buckets, find them by their customer id.
      </p>
      <FindForm />
      <p>
        <a href={at('voices')}>All speakers</a>
      </p>
    </VoicesPage>,
    404,
  );

/** Whom the engine knows. */
export const speakersRoutes = new Hono<Env>()
  .get('/', list)
  .post('/', list)
  .post('/table', async (c) => c.html((await listed(c)).table))
  .get('/counts', (c) => {
    const { domainId, voiceId } = c.get('operator');
    const { status } = listQuery.parse(c.req.query());
    let count: ReturnType<typeof speakerCounter> | undefined;
    let ended = false;
    return live(
      c,
      async () => {
        if (ended) return undefined;
        count ??= speakerCounter(await domainId(), voiceId);
        const counts = await count(COUNTED_PAGES);
        ended = counts.whole;
        return (<Filter counts={counts} chosen={status} />).toString();
      },
      LOOK_MS,
    );
  })
  // What was found is a page of its own: a browser can't go back to what a form was answered with.
  .post('/find', async (c) => {
    const id = randomBytes(12).toString('base64url');
    lookedFor.set(id, findSchema.parse(await c.req.parseBody()).speakerId);
    return c.redirect(at(`voices/find/${id}`), 303);
  })
  .get('/find', (c) => c.redirect(at('voices'), 303))
  .get('/find/:id', async (c) => {
    const { voiceId, domainId, place } = c.get('operator');
    const given = lookedFor.get(c.req.param('id'));
    if (given === undefined) return c.redirect(at('voices'), 303);
    const isId = SPEAKER_ID.test(given);
    const speaker = isId ? await knownSpeaker(await domainId(), given, voiceId) : undefined;
    if (speaker?.GeneratedSpeakerId !== undefined) return c.redirect(speakerPath(speaker.GeneratedSpeakerId), 303);
    return c.html(
      <VoicesPage title="Nobody has this id" part="speakers" place={place}>
        <FindForm given={given} />
        <p class="notice warn" role="status">
          {isId
            ? 'Nobody is enrolled or opted out under exactly this customer id.'
            : 'This is no customer id: expected letters, digits, _ and -, at most 256, the first a letter or a digit.'}
        </p>
        {isId && (
          <section aria-labelledby="still">
            <h2 id="still">Erase them all the same</h2>
            <Confirm
              speakerId={given}
              status={undefined}
              blind={searchTrouble(c.get('operator'))}
              cancel={at('voices')}
            />
          </section>
        )}
      </VoicesPage>,
      404,
    );
  })
  .get('/speakers/:short', (c) => one(c, c.req.param('short'), false))
  .post('/speakers/:short', async (c) => {
    const { show } = await c.req.parseBody();
    return one(c, c.req.param('short'), show === 'yes');
  })
  .get('/speakers/:short/erase', async (c) => {
    const { voiceId, domainId, place } = c.get('operator');
    const id = generatedOf(c.req.param('short'));
    const speaker = await knownSpeaker(await domainId(), id, voiceId);
    if (speaker === undefined) return gone(c);
    return c.html(
      <VoicesPage title="Erase a person" part="speakers" place={place}>
        <p>
          {'The speaker with the generated id '}
          <code>{c.req.param('short')}</code>
        </p>
        <Confirm
          speakerId={id}
          status={speaker.Status}
          blind={searchTrouble(c.get('operator'))}
          cancel={speakerPath(id)}
        />
      </VoicesPage>,
    );
  });
