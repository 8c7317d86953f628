import type { FC } from 'hono/jsx';
import { Count } from '../layout/words.tsx';
import { GroupSection, type Links, Rows } from './group-section.tsx';
import { FAILED, type Group } from './groups.ts';
import { type JobIds, jobPath } from './job-path.ts';
import { matching, queryString, type RequestsQuery } from './query.ts';

const countOf = (groups: readonly Group[]) => groups.reduce((sum, { rows }) => sum + rows.length, 0);

/** How many there are of all. */
const Found: FC<{ shown: readonly Group[]; all: readonly Group[] }> = ({ shown, all }) => {
  const [some, total] = [countOf(shown), countOf(all)];
  return (
    <>
      {some === total ? (
        'All '
      ) : (
        <>
          <Count of={some} /> of{' '}
        </>
      )}
      <Count of={total} /> requests
    </>
  );
};

const Option: FC<{ value: string; text: string; chosen: string }> = ({ value, text, chosen }) => (
  <option value={value} selected={value === chosen}>
    {text}
  </option>
);

interface RequestsProps {
  /** The path of the page that it is on: its form asks there again, by `outcome`, `cause` and `request`. */
  path: string;
  job: JobIds;
  links: Links;
  groups: readonly Group[];
  query: RequestsQuery;
}

/** All requests of a job, with a form that finds some of them: as one types, or, without script, by its button. */
export const Requests: FC<RequestsProps> = ({ path, job, links, groups, query }) => {
  const failed = groups.filter((group) => group.failed);
  const words = [...new Set(groups.map((group) => (group.failed ? FAILED.word : group.what)))];
  const shown = matching(groups, query);
  return (
    <section id="requests">
      <h2>Requests</h2>
      <form
        class="row"
        method="get"
        action={`${path}#requests`}
        data-swap="found"
        data-swap-on="input"
        data-swap-from={jobPath(job, 'requests')}
      >
        <p>
          <label for="request">Request id</label>
          <input
            id="request"
            name="request"
            type="search"
            value={query.request}
            autocomplete="off"
            spellcheck={false}
          />
        </p>
        <p>
          <label for="outcome">Outcome</label>
          <select id="outcome" name="outcome">
            <Option value="" text="Any" chosen={query.outcome} />
            {words.map((word) => (
              <Option value={word} text={word} chosen={query.outcome} />
            ))}
          </select>
        </p>
        {failed.length > 1 && (
          <p>
            <label for="cause">Cause</label>
            <select id="cause" name="cause">
              <Option value="" text="Any" chosen={query.cause} />
              {failed.map(({ key, what }) => (
                <Option value={key} text={what} chosen={query.cause} />
              ))}
            </select>
          </p>
        )}
        <button type="submit">Find</button>
      </form>
      <div id="found">
        <p class="row">
          <output for="request outcome cause">
            <Found shown={shown} all={groups} />
          </output>
          {shown.length > 0 && (
            <a class="button" href={jobPath(job, `requests.csv${queryString(query)}`)}>
              Save as CSV
            </a>
          )}
        </p>
        {shown.length === 0 && <p class="empty">No request is like that. Ask for less: a part of its id will do.</p>}
        {shown.map((group) => (
          <GroupSection group={group}>
            <Rows group={group} rows={group.rows} links={links} />
          </GroupSection>
        ))}
      </div>
    </section>
  );
};
