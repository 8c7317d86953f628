import type { Child, FC } from 'hono/jsx';
import type { SpeakerCounts } from '../../../clients/voices/count-speakers.ts';
import type { SpeakersPage as Listed } from '../../../clients/voices/list-speakers.ts';
import { at } from '../../layout/page.tsx';
import { Count } from '../../layout/words.tsx';
import { VoicesPage } from '../voices-page.tsx';
import { Filter } from './filter.tsx';
import { FindForm } from './find-form.tsx';
import { type ListQuery, queryOf } from './list-query.ts';

interface SpeakersPageProps {
  place: string;
  query: ListQuery;
  counts: SpeakerCounts;
  page: Listed;
  /** The speakers of the page, as a table. */
  children: Child;
}

/** Why there is no row on a page. */
const Nobody: FC<{ total: number; next: string | undefined }> = ({ total, next }) => {
  if (total > 0) {
    return (
      <p class="empty">
        {next === undefined ? 'Nobody here.' : 'Nobody among the speakers looked at so far: go on with the next page.'}
      </p>
    );
  }
  return (
    <p class="empty">
      Nobody is enrolled yet. <a href={at('uploads')}>Drop a manifest or recordings</a> to begin.
    </p>
  );
};

/** A page of speakers: somebody can be found by their id, or looked for by status. */
export const SpeakersPage: FC<SpeakersPageProps> = ({ place, query, counts, page, children }) => {
  const { after, status, count } = query;
  const goesOn = !counts.whole && count === 'all';
  return (
    <VoicesPage title="Voices" part="speakers" place={place}>
      <FindForm />
      <nav class="tabs" aria-label="Speakers by status">
        <span {...(goesOn && { 'data-live': at(`voices/counts${queryOf({ status })}`) })}>
          <Filter counts={counts} chosen={status} />
        </span>
        {!counts.whole && !goesOn && <a href={at(`voices${queryOf({ after, status, count: 'all' })}`)}>Count all</a>}
      </nav>
      {page.speakers.length > 0 ? children : <Nobody total={counts.total} next={page.next} />}
      <nav class="pages" aria-label="Pages">
        {after !== undefined && <a href={at(`voices${queryOf({ status })}`)}>First page</a>}
        {page.next !== undefined && <a href={at(`voices${queryOf({ after: page.next, status })}`)}>Next page</a>}
        {status !== undefined && (
          <span class="dull">
            <Count of={page.looked} /> looked at for this page
          </span>
        )}
      </nav>
    </VoicesPage>
  );
};
