import { DescribeSpeakerEnrollmentJobCommand, type SpeakerEnrollmentJob } from '@aws-sdk/client-voice-id';
import { type Context, Hono } from 'hono';
import type { FC } from 'hono/jsx';
import { type Report, reportOfJob } from '../../clients/read-report.ts';
import { requestOfJob } from '../../clients/request-of-job.ts';
import type { Env } from '../env.ts';
import { at, Page } from '../layout/page.tsx';
import { live } from '../live.ts';
import { csvFileName, requestsCsv } from './csv.ts';
import { Facts } from './facts.tsx';
import { groupsOf } from './groups.ts';
import { Outcome } from './outcome.tsx';
import { matching, parseQuery } from './query.ts';
import { RequestDetails } from './request-page.tsx';
import { Requests } from './requests.tsx';
import { Working } from './working.tsx';

type Ask = Context<Env>;

const jobOf = async (c: Ask) => ({ DomainId: await c.get('operator').domainId(), JobId: c.req.param('jobId') ?? '' });

const reportOf = async (c: Ask) => reportOfJob(await jobOf(c), undefined, c.get('operator'));

async function describe(c: Ask): Promise<SpeakerEnrollmentJob> {
  const { Job = {} } = await c.get('operator').voiceId.send(new DescribeSpeakerEnrollmentJobCommand(await jobOf(c)));
  return Job;
}

const isWorking = ({ JobStatus }: SpeakerEnrollmentJob) => JobStatus === 'SUBMITTED' || JobStatus === 'IN_PROGRESS';

/** What a job's page shows once it has ended. */
const Ended: FC<{ report: Report; query: Record<string, string> }> = ({ report, query }) => (
  <>
    <Facts report={report} />
    <Outcome report={report} path={at(`runs/job/${report.jobId}`)} query={query} />
  </>
);

/** A job, whether or not an upload led to it, and its requests. */
export const outcomesRoutes = new Hono<Env>()
  .get('/:jobId{[a-zA-Z0-9]{22}}', async (c) => {
    const { place } = c.get('operator');
    const job = await describe(c);
    const { JobName: name = job.JobId ?? '' } = job;
    if (isWorking(job)) {
      return c.html(
        <Page title={name} section="runs" place={place}>
          <div data-live={at(`runs/job/${job.JobId}/live`)} data-then={at(`runs/job/${job.JobId}/outcome`)}>
            <Working job={job} />
          </div>
          <p class="trouble notice bad" role="alert" />
        </Page>,
      );
    }
    return c.html(
      <Page title={name} section="runs" place={place}>
        <p>
          <a href={at('runs')}>All runs</a>
        </p>
        <Ended report={await reportOf(c)} query={c.req.query()} />
      </Page>,
    );
  })
  .get('/:jobId{[a-zA-Z0-9]{22}}/outcome', async (c) => c.html(<Ended report={await reportOf(c)} query={{}} />))
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
    const { outcome } = await reportOf(c);
    const query = parseQuery(c.req.query());
    const jobId = c.req.param('jobId');
    const groups = groupsOf(outcome?.rows ?? []);
    return c.html(<Requests path={at(`runs/job/${jobId}`)} jobId={jobId} groups={groups} query={query} />);
  })
  .get('/:jobId{[a-zA-Z0-9]{22}}/requests.csv', async (c) => {
    const { manifest, outcome } = await reportOf(c);
    const groups = matching(groupsOf(outcome?.rows ?? []), parseQuery(c.req.query()));
    return c.body(requestsCsv(groups), 200, {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="${csvFileName(manifest)}"`,
    });
  })
  .get('/:jobId{[a-zA-Z0-9]{22}}/request', async (c) => {
    const id = c.req.query('id') ?? '';
    const { outcome } = await reportOf(c);
    const group = groupsOf(outcome?.rows ?? []).find(({ rows }) => rows.some(({ requestId }) => requestId === id));
    const row = group?.rows.find(({ requestId }) => requestId === id);
    if (group === undefined || row === undefined) return c.notFound();
    const alike = (outcome?.sameVoice ?? []).filter((names) => names.includes(id)).flat();
    return c.html(
      <Page title={id} section="runs" place={c.get('operator').place}>
        <RequestDetails
          jobId={c.req.param('jobId')}
          row={row}
          group={group}
          rows={outcome?.rows ?? []}
          alike={alike.filter((name) => name !== id)}
          request={await requestOfJob(await jobOf(c), id, c.get('operator'))}
        />
      </Page>,
    );
  });
