import type { FC } from 'hono/jsx';
import type { Row, RowPage } from '../../clients/runs/list.ts';
import type { RunState } from '../../clients/runs/run.ts';
import { at } from '../layout/page.tsx';
import { Count, Status, Text, Time } from '../layout/words.tsx';
import { Counts, HowFar, nameOf } from './how-far.tsx';

/** Letters of a failure that the list shows; all of it is on the run's page. */
const FAILURE = 140;

export const STATES: readonly (readonly [RunState, string])[] = [
  ['WAITING', 'Waiting for its job'],
  ['SUBMITTED', 'In the queue'],
  ['IN_PROGRESS', 'Running'],
  ['COMPLETED', 'Completed'],
  ['COMPLETED_WITH_ERRORS', 'Completed with errors'],
  ['FAILED', 'Failed'],
  ['TIMED_OUT', 'Timed out'],
  ['REJECTED', 'Rejected'],
  ['STOPPED', 'Stopped, without an ending'],
];

const What: FC<{ row: Row }> = ({ row }) => {
  const { counts, problemCount, failure } = row;
  if (counts !== undefined) return <Counts of={counts} />;
  if (problemCount !== undefined) {
    return (
      <>
        <Count of={problemCount} /> {problemCount === 1 ? 'problem' : 'problems'} in the manifest
      </>
    );
  }
  if (failure !== undefined) return <Text of={failure.length > FAILURE ? `${failure.slice(0, FAILURE)}…` : failure} />;
  return row.endedAt === undefined ? <HowFar of={row} /> : null;
};

const RunRow: FC<{ row: Row }> = ({ row }) => {
  const folder = row.name.slice(0, row.name.lastIndexOf('/') + 1);
  return (
    <tr id={`row-${row.id}`}>
      <th scope="row">
        <a href={at(row.kind === 'JOB' ? `runs/job/${row.id}` : `runs/${row.id}`)}>
          <Text of={nameOf(row.name)} />
        </a>
        {row.kind === 'JOB' && <span class="dull"> a job without an upload</span>}
        {folder !== '' && (
          <span class="dull folder">
            in <Text of={folder} />
          </span>
        )}
      </th>
      <td>
        <Status of={row.state} />
      </td>
      <td>
        <What row={row} />
      </td>
      <td>
        <Time at={row.startedAt} />
      </td>
      <td>
        <Time at={row.endedAt} />
      </td>
    </tr>
  );
};

const COUNTED: readonly (readonly [RunState, string])[] = [
  ['IN_PROGRESS', 'running'],
  ['SUBMITTED', 'in the queue'],
  ['WAITING', 'waiting'],
];

/** How many move, in a line that a screen reader reads out when it changes. */
const Moving: FC<{ rows: readonly Row[] }> = ({ rows }) => {
  const parts = COUNTED.flatMap(([state, word]) => {
    const count = rows.filter((row) => row.state === state).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  return <p role="status">{parts.length === 0 ? 'Nothing is running.' : `${parts.join(', ')}.`}</p>;
};

/** The part of the list that changes by itself. */
export const RunTable: FC<{ page: RowPage; filtered: boolean; first: boolean }> = ({ page, filtered, first }) => (
  <>
    {page.troubles.map((trouble) => (
      <p class="notice warn">{trouble}</p>
    ))}
    {page.rows.length > 0 && <Moving rows={page.rows} />}
    {page.rows.length === 0 ? (
      <Nothing page={page} filtered={filtered} first={first} />
    ) : (
      <div class="wide">
        <table class="runs">
          <caption>
            {filtered ? (
              <>
                Found among <Count of={page.looked} /> uploads, newest first.
              </>
            ) : (
              'Uploads, newest first. They change as it happens.'
            )}
          </caption>
          <thead>
            <tr>
              <th scope="col">Manifest</th>
              <th scope="col">State</th>
              <th scope="col">How far, or what came of it</th>
              <th scope="col">Started</th>
              <th scope="col">Ended</th>
            </tr>
          </thead>
          <tbody>
            {page.rows.map((row) => (
              <RunRow row={row} />
            ))}
          </tbody>
        </table>
      </div>
    )}
  </>
);

const Nothing: FC<{ page: RowPage; filtered: boolean; first: boolean }> = ({ page, filtered, first }) => {
  if (filtered) {
    return (
      <p class="empty">
        None of the <Count of={page.looked} /> uploads that were looked at is like that.{' '}
        {page.next === undefined ? 'There are no others.' : 'Look further back, below.'}
      </p>
    );
  }
  return (
    <p class="empty">
      {first ? (
        <>
          Nothing has been uploaded yet. Drop recordings, a list or a manifest above: what becomes of it is seen here.
        </>
      ) : (
        'There are no older uploads.'
      )}
    </p>
  );
};

/** Which uploads are shown. Posted: a manifest's name may be a caller's, and a link is kept by the browser. */
export const Filter: FC<{ state: RunState | undefined; name: string | undefined }> = ({ state, name }) => (
  <search>
    <form class="row" method="post" action={at('runs')}>
      <div>
        <label for="name">Manifest’s name has</label>
        <input id="name" name="name" type="search" value={name ?? ''} maxlength={200} autocomplete="off" />
      </div>
      <div>
        <label for="state">State</label>
        <select id="state" name="state">
          <option value="">Any</option>
          {STATES.map(([value, word]) => (
            <option value={value} selected={value === state}>
              {word}
            </option>
          ))}
        </select>
      </div>
      <button type="submit">Show</button>
      {(state !== undefined || name !== undefined) && <a href={at('runs')}>Show all</a>}
    </form>
  </search>
);
