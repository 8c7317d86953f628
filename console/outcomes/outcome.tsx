import type { FC } from 'hono/jsx';
import { type Report, WHY_GONE } from '../../clients/read-report.ts';
import { at } from '../layout/page.tsx';
import { Counts } from './counts.tsx';
import { Causes, linksOf } from './group-section.tsx';
import { groupsOf } from './groups.ts';
import { parseQuery, queryString } from './query.ts';
import { Requests } from './requests.tsx';
import { SameVoice } from './same-voice.tsx';
import { Why } from './why.tsx';

/** Leads to the page where a manifest is mended and dropped again. */
const Mend: FC<{ s3Uri: string; children: string }> = ({ s3Uri, children }) => (
  <form class="acts" method="post" action={at('uploads/edit')}>
    <input type="hidden" name="uri" value={s3Uri} />
    <button type="submit" class="first">
      {children}
    </button>
  </form>
);

interface OutcomeProps {
  report: Report;
  /** The console's, if it can be told. */
  ownDomain: string | undefined;
  /** The path of the page that it is a part of, without a query. */
  path: string;
  /** That page's query: `outcome`, `cause` and `request` are this part's. */
  query: Record<string, string>;
}

/**
 * How an upload, or a job, ended: why it failed, or how many requests ended how, what failed by its cause with what to do,
 * and the table of all requests. It does not change any more: let it stand beside what is `data-live`, not in it, as it
 * may have 10,000 rows.
 */
export const Outcome: FC<OutcomeProps> = ({ report, ownDomain, path, query }) => {
  const { outcome, domainId, jobId, manifest, problemCount, retryManifest, retryGone } = report;
  const rows = outcome?.rows ?? [];
  const groups = groupsOf(rows);
  const job = { domainId, jobId: jobId ?? '' };
  const links = linksOf(job, rows, ownDomain);
  return (
    <>
      <Why report={report} />
      {problemCount > 0 && <Mend s3Uri={manifest}>Mend it and drop it again</Mend>}
      {rows.length > 0 && (
        <section>
          <h2>Outcome</h2>
          <Counts rows={rows} />
        </section>
      )}
      <Causes
        groups={groups}
        hrefOf={({ key }) => `${path}${queryString({ outcome: '', cause: key, request: '' })}#requests`}
      />
      {retryManifest !== undefined && <Mend s3Uri={retryManifest}>Mend those that failed, and drop them again</Mend>}
      {outcome !== undefined && retryGone !== undefined && (
        <p class="notice">
          <code>retry.json</code>, the manifest of those that failed, is gone, or may not be read. {WHY_GONE} Find them
          below by <code>failed</code>, and drop them again by a list of your own.
        </p>
      )}
      {outcome !== undefined && (
        <>
          <SameVoice outcome={outcome} links={links} />
          <Requests path={path} job={job} links={links} groups={groups} query={parseQuery(query)} />
        </>
      )}
    </>
  );
};
