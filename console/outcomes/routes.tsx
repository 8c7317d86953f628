import { DescribeSpeakerEnrollmentJobCommand, type SpeakerEnrollmentJob } from '@aws-sdk/client-voice-id';
import { type Context, Hono } from 'hono';
import type { FC } from 'hono/jsx';
import { type Report, reportOfJob } from '../../clients/read-report.ts';
import { requestOfJob } from '../../clients/request-of-job.ts';
import type { Env } from '../env.ts';
import { at, Page } from '../layout/page.tsx';
import { live } from '../live.ts';
import { ownDomain } from '../operator.ts';
import { csvFileName, requestsCsv } from './csv.ts';
import { Facts } from './facts.tsx';
import { linksOf } from './group-section.tsx';
import { groupsOf } from './groups.ts';
import { jobPath } from './job-path.ts';
import { Outcome } from './outcome.tsx';
import { matching, parseQuery } from './query.ts';
import { RequestDetails } from './request-page.tsx';
import { Requests } from './requests.tsx';
import { Working } from './working.tsx';

type Ask = Context<Env>;

/** In the console's domain, unless the address names another one. */
const jobOf = async (c: Ask) => ({
  DomainId: c.req.param('domainId') ?? (await c.get('operator').domainId()),
  JobId: c.req.param('jobId') ?? '',
});

const reportOf = async (c: Ask) => reportOfJob(await jobOf(c), undefined, c.get('operator'));

async function describe(c: Ask): Promise<SpeakerEnrollmentJob> {
  const { Job = {} } = await c.get('operator').voiceId.send(new DescribeSpeakerEnrollmentJobCommand(await jobOf(c)));
  return Job;
}

const isWorking = ({ JobStatus }: SpeakerEnrollmentJob) => JobStatus === 'SUBMITTED' || JobStatus === 'IN_PROGRESS';

interface EndedProps {
  report: Report;
  /** The console's domain, if it can be told. */
  ownDomain: string | undefined;
  query: Record<string, string>;
}

/** What a job's page shows once it has ended. */
const Ended: FC<EndedProps> = ({ report, ownDomain, query }) => (
  <>
    <Facts report={report} />
    <Outcome
      report={report}
      ownDomain={ownDomain}
      path={jobPath({ domainId: report.domainId, jobId: report.jobId ?? '' })}
      query={query}
    />
  </>
);

/** In place of what is only told by an output file that is gone, or never was: the job, and why. */
const nothingTold = (c: Ask, report: Report) =>
  c.html(
    <Page title="Not here any more" section="runs" place={c.get('operator').place}>
      <p>
        <a href={at('runs')}>All runs</a>
      </p>
      <Ended report={report} ownDomain={undefined} query={{}} />
    </Page>,
    410,
  );

/** A job, whether or not an upload led to it, and its requests. */
export const outcomesRoutes = new Hono<Env>()
  .get('/:jobId{[a-zA-Z0-9]{22}}', async (c) => {
    const operator = c.get('operator');
    const job = await describe(c);
    const { DomainId: domainId = '', JobId: jobId = '', JobName: name = jobId } = job;
    if (isWorking(job)) {
      const here = { domainId, jobId };
      return c.html(
        <Page title={name} section="runs" place={operator.place}>
          <div data-live={jobPath(here, 'live')} data-then={jobPath(here, 'outcome')}>
            <Working job={job} />
          </div>
          <p class="trouble notice bad" role="alert" />
        </Page>,
      );
    }
    return c.html(
      <Page title={name} section="runs" place={operator.place}>
        <p>
          <a href={at('runs')}>All runs</a>
        </p>
        <Ended report={await reportOf(c)} ownDomain={await ownDomain(operator)} query={c.req.query()} />
      </Page>,
    );
  })
  .get('/:jobId{[a-zA-Z0-9]{22}}/outcome', async (c) =>
    c.html(<Ended report={await reportOf(c)} ownDomain={await ownDomain(c.get('operator'))} query={{}} />),
  )
  .get('/:jobId{[a-zA-Z0-9]{22}}/live', (c) => {
    let ended = false;
    return live(c, async () => {
      if (ended) return undefined;
      const job = await describe(c);
      ended = !isWorking(job);
      return String(await (<Working job={job} />));
    });
  })
  .get('/:jobId{[a-zA-Z0-9]{22}}/requests', async (c) => {
    const { outcome, domainId } = await reportOf(c);
    const rows = outcome?.rows ?? [];
    const job = { domainId, jobId: c.req.param('jobId') };
    return c.html(
      <Requests
        path={jobPath(job)}
        job={job}
        links={linksOf(job, rows, await ownDomain(c.get('operator')))}
        groups={groupsOf(rows)}
        query={parseQuery(c.req.query())}
      />,
    );
  })
  .get('/:jobId{[a-zA-Z0-9]{22}}/requests.csv', async (c) => {
    const report = await reportOf(c);
    const { manifest, outcome } = report;
    if (outcome === undefined) return nothingTold(c, report);
    const groups = matching(groupsOf(outcome.rows), parseQuery(c.req.query()));
    return c.body(requestsCsv(groups), 200, {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="${csvFileName(manifest)}"`,
    });
  })
  .get('/:jobId{[a-zA-Z0-9]{22}}/request/:number{[0-9]{1,6}}', async (c) => {
    const operator = c.get('operator');
    const report = await reportOf(c);
    const { outcome, domainId } = report;
    if (outcome === undefined) return nothingTold(c, report);
    const row = outcome.rows[Number(c.req.param('number')) - 1];
    const id = row?.requestId ?? '';
    const group = groupsOf(outcome.rows).find(({ rows }) => rows.some(({ requestId }) => requestId === id));
    if (row === undefined || group === undefined) return c.notFound();
    const job = { domainId, jobId: c.req.param('jobId') };
    const alike = outcome.sameVoice.filter((names) => names.includes(id)).flat();
    return c.html(
      <Page title={id} section="runs" place={operator.place}>
        <RequestDetails
          job={job}
          links={linksOf(job, outcome.rows, await ownDomain(operator))}
          row={row}
          group={group}
          alike={alike.filter((name) => name !== id)}
          request={await requestOfJob(await jobOf(c), id, operator)}
        />
      </Page>,
    );
  });
