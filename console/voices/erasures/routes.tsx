import { Hono } from 'hono';
import { z } from 'zod';
import { inOrder, receiptName, receiptOf } from '../../../clients/erase/receipt.ts';
import { SPEAKER_ID } from '../../../clients/speaker-id.ts';
import type { Env } from '../../env.ts';
import { at } from '../../layout/page.tsx';
import { WayBack } from '../../layout/way-back.tsx';
import { live } from '../../live.ts';
import { knownSpeaker } from '../speakers/known-speaker.ts';
import { speakerPath } from '../speakers/speaker-path.ts';
import { VoicesPage } from '../voices-page.tsx';
import { Confirm } from './confirm.tsx';
import { ErasureState, erasurePath } from './erasure-state.tsx';
import { type Erasures, isBusy } from './erasures.ts';
import { searchTrouble } from './search-trouble.ts';

const form = z.object({
  speakerId: z.string().regex(/^(id#[a-zA-Z0-9]{22}|[a-zA-Z0-9][a-zA-Z0-9_-]{0,255})$/),
  means: z.enum(['delete', 'opt-out']),
  typed: z.string(),
});

/** Milliseconds between two looks at how far it has come. */
const LOOK_MS = 250;

/** Erasing a person: the act, how far it has come, and its receipt. */
export function erasureRoutes(erasures: Erasures) {
  // Where a form is posted to there is a page, too, for whoever goes back or loads again.
  return new Hono<Env>()
    .get('/', (c) => c.redirect(at('voices'), 303))
    .get('/:id/:act{objects|search}', (c) => c.redirect(erasurePath(c.req.param('id')), 303))
    .post('/', async (c) => {
      const operator = c.get('operator');
      const { place, voiceId } = operator;
      const sent = form.safeParse(await c.req.parseBody());
      const domainId = await operator.domainId();
      const speaker = sent.success ? await knownSpeaker(domainId, sent.data.speakerId, voiceId) : undefined;
      if (!sent.success || (speaker === undefined && !SPEAKER_ID.test(sent.data.speakerId))) {
        return c.html(
          <VoicesPage title="Nothing was erased" part="speakers" place={place}>
            <p class="notice warn" role="alert">
              {sent.success
                ? 'This speaker is not there any more: somebody has deleted them meanwhile. Find them by their customer id to look for what names them.'
                : 'What was sent was not whole: choose what should become of them, and type their customer id.'}
            </p>
            <WayBack c={c} />
            <p>
              <a href={at('voices')}>All speakers</a>
            </p>
          </VoicesPage>,
          sent.success ? 404 : 400,
        );
      }
      const { speakerId, typed, means } = sent.data;
      const customerId = speaker?.CustomerSpeakerId ?? speakerId;
      if (typed !== customerId) {
        return c.html(
          <VoicesPage title="Erase a person" part="speakers" place={place}>
            <Confirm
              speakerId={speakerId}
              status={speaker?.Status}
              mistake="Nothing was erased: what was typed is not their customer id."
              blind={searchTrouble(operator)}
              cancel={speaker === undefined ? at('voices') : speakerPath(speakerId)}
            />
          </VoicesPage>,
          400,
        );
      }
      const erasure = await erasures.erase({ speakerId: customerId, domainId, optOut: means === 'opt-out' }, operator);
      return c.redirect(erasurePath(erasure.id), 303);
    })
    .use('/:id/*', async (c, next) => {
      if (erasures.get(c.req.param('id')) !== undefined) return next();
      return c.html(
        <VoicesPage title="Not here" part="speakers" place={c.get('operator').place}>
          <p>
            This erasure is not known any more: the console was started again, or there were many since. What it has
            done is done; find the person by their customer id to go on.
          </p>
          <p>
            <a href={at('voices')}>All speakers</a>
          </p>
        </VoicesPage>,
        404,
      );
    })
    .get('/:id', (c) => {
      const erasure = erasures.get(c.req.param('id'));
      if (erasure === undefined) return c.notFound();
      const title = erasure.voiceprint === 'OPTED_OUT' ? 'Opted out' : 'Erased';
      return c.html(
        <VoicesPage title={title} part="speakers" place={c.get('operator').place}>
          <div {...(isBusy(erasure) && { 'data-live': erasurePath(erasure.id, 'live') })}>
            <ErasureState erasure={erasure} />
          </div>
          <p class="trouble bad" role="alert" />
        </VoicesPage>,
      );
    })
    .get('/:id/live', (c) => {
      const id = c.req.param('id');
      let ended = false;
      return live(
        c,
        async () => {
          const erasure = erasures.get(id);
          if (erasure === undefined || ended) return undefined;
          ended = !isBusy(erasure);
          return (<ErasureState erasure={erasure} />).toString();
        },
        LOOK_MS,
      );
    })
    .post('/:id/objects', async (c) => {
      const erasure = erasures.get(c.req.param('id'));
      if (erasure === undefined) return c.notFound();
      const { sure } = await c.req.parseBody();
      if (sure === 'yes') erasures.deleteFound(erasure, c.get('operator'));
      return c.redirect(erasurePath(erasure.id), 303);
    })
    .post('/:id/search', (c) => {
      const erasure = erasures.get(c.req.param('id'));
      if (erasure === undefined) return c.notFound();
      if (!isBusy(erasure)) erasures.lookAgain(erasure, c.get('operator'));
      return c.redirect(erasurePath(erasure.id), 303);
    })
    .get('/:id/receipt', (c) => {
      const erasure = erasures.get(c.req.param('id'));
      if (erasure === undefined) return c.notFound();
      const { gone, found } = erasure;
      const all = {
        recordings: [...gone.recordings, ...found.recordings],
        results: [...gone.results, ...found.results],
        manifests: [...gone.manifests, ...found.manifests],
      };
      const receipt = receiptOf({ ...erasure, found: all, deleted: inOrder(gone).length });
      c.header('content-disposition', `attachment; filename="${receiptName(erasure.erasedAt)}"`);
      return c.body(`${JSON.stringify(receipt, null, 2)}\n`, 200, { 'content-type': 'application/json' });
    });
}
