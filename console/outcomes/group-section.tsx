import type { Child, FC } from 'hono/jsx';
import type { OutcomeRow } from '../../clients/output-file.ts';
import { Count, Text } from '../layout/words.tsx';
import { speakerPath } from '../voices/speakers/speaker-path.ts';
import { FAILED, type Group } from './groups.ts';
import { type JobIds, jobPath } from './job-path.ts';

/** Pages where a request, or who was enrolled, can be looked at; a file that stands alone leads nowhere. */
export interface Links {
  request: (requestId: string) => string | undefined;
  voice: (generatedSpeakerId: string) => string | undefined;
}

/**
 * Of one job. A request is called by its place in the output file: its id is whatever somebody wrote, and may be a caller's.
 * @param rows all of the job's
 * @param ownDomain the console's: it has a page for each voice of that one alone
 */
export function linksOf(job: JobIds, rows: readonly OutcomeRow[], ownDomain: string | undefined): Links {
  const paths = new Map(rows.map(({ requestId }, index) => [requestId, jobPath(job, `request/${index + 1}`)]));
  return {
    request: (requestId) => paths.get(requestId),
    voice: (generatedSpeakerId) => (job.domainId === ownDomain ? speakerPath(generatedSpeakerId) : undefined),
  };
}

/** A name, and a way to what it names where there is one. */
export const Linked: FC<{ name: string; href: string | undefined }> = ({ name, href }) =>
  href === undefined ? (
    <Text of={name} />
  ) : (
    <a href={href}>
      <Text of={name} />
    </a>
  );

const Row: FC<{ row: OutcomeRow; failed: boolean; links: Links | undefined }> = ({ row, failed, links }) => {
  const { requestId, outcome, message, generatedSpeakerId: voice } = row;
  return (
    <tr>
      <th scope="row">
        <Linked name={requestId} href={links?.request(requestId)} />
      </th>
      {failed ? (
        <>
          <td>{outcome}</td>
          <td>
            <Text of={message} />
          </td>
        </>
      ) : (
        <td>{voice !== undefined && <Linked name={voice} href={links?.voice(voice)} />}</td>
      )}
    </tr>
  );
};

interface RowsProps {
  group: Group;
  rows: readonly OutcomeRow[];
  /** Undefined in a file that stands alone: it has no script either, which would lay rows out later. */
  links?: Links | undefined;
}

/** Rows of a table that are laid out together, once they come into view: the style sheet knows how high so many are. */
const CHUNK = 50;

/**
 * Requests that ended alike, in one table. All 10,000 may be there, to be scrolled through and found by the browser's own
 * search. Rows are laid out as grids: stacked in a narrow window, and apart from each other, so that only those in view cost.
 */
export const Rows: FC<RowsProps> = ({ group: { failed, what }, rows, links }) => (
  <table class={failed ? 'requests failed' : 'requests'}>
    <caption class="unseen">
      <Text of={failed ? `Failed: ${what}` : what} />
    </caption>
    <thead>
      <tr>
        <th scope="col">Request</th>
        {failed && <th scope="col">Code</th>}
        <th scope="col">{failed ? 'Message' : 'Voice'}</th>
      </tr>
    </thead>
    {Array.from({ length: Math.ceil(rows.length / CHUNK) }, (_, index) => {
      const chunk = rows.slice(index * CHUNK, (index + 1) * CHUNK);
      return (
        <tbody class={links !== undefined && chunk.length === CHUNK ? 'chunk' : undefined}>
          {chunk.map((row) => (
            <Row row={row} failed={failed} links={links} />
          ))}
        </tbody>
      );
    })}
  </table>
);

/** Where a group is on its page. */
export const anchorOf = ({ key }: Group) => `of-${key}`;

/** A heading for requests that ended alike: `148 × not enough speech`, what to do about them, and the requests. */
export const GroupSection: FC<{ group: Group; children: Child }> = ({ group, children }) => {
  const { failed, what, advice, rows } = group;
  return (
    <section id={anchorOf(group)}>
      <h3>
        <span class={failed ? FAILED.tone : undefined}>
          <Count of={rows.length} /> ×
        </span>{' '}
        <Text of={what} />
      </h3>
      {advice !== undefined && <p>{advice}</p>}
      {children}
    </section>
  );
};

interface CausesProps {
  groups: readonly Group[];
  /** Where a group's requests are to be seen. */
  hrefOf: (group: Group) => string;
}

/** What failed for what, each with what to do and a way to its requests. */
export const Causes: FC<CausesProps> = ({ groups, hrefOf }) => {
  const failed = groups.filter((group) => group.failed);
  if (failed.length === 0) return null;
  return (
    <section>
      <h2>What failed, and what to do</h2>
      <ul class="causes">
        {failed.map((group) => (
          <li>
            <a href={hrefOf(group)}>
              <Count of={group.rows.length} /> × <Text of={group.what} />
            </a>
            <br />
            {group.advice}
          </li>
        ))}
      </ul>
    </section>
  );
};
