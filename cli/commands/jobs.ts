import { paginateListSpeakerEnrollmentJobs, type SpeakerEnrollmentJobSummary } from '@aws-sdk/client-voice-id';
import { domainId, voiceIdClient } from '../clients.ts';
import { COMMON_HELP, common, parse } from '../options.ts';
import { print, table } from '../terminal.ts';

const HELP = `npm run vivavoce -- jobs [--domain-id ID] [--status STATUS] [OPTIONS]

Lists enrollment jobs, newest first.

  --domain-id ID       another domain than the one named vivavoce
  --status STATUS      SUBMITTED, IN_PROGRESS, COMPLETED, COMPLETED_WITH_ERRORS or FAILED
  --limit N            how many (50)
${COMMON_HELP}
`;

export async function run(argv: string[]): Promise<number> {
  const { values } = parse(argv, {
    ...common,
    'domain-id': { type: 'string' },
    status: { type: 'string' },
    limit: { type: 'string', default: '50' },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const client = voiceIdClient(values);
  const DomainId = await domainId(client, values['domain-id']);
  const jobs: SpeakerEnrollmentJobSummary[] = [];
  // The service refuses a status that it does not know, and names those that it does.
  const filter = values.status === undefined ? {} : { JobStatus: values.status as 'COMPLETED' };
  for await (const page of paginateListSpeakerEnrollmentJobs({ client }, { DomainId, ...filter })) {
    jobs.push(...(page.JobSummaries ?? []));
    if (jobs.length >= Number(values.limit)) break;
  }
  const shown = jobs.slice(0, Number(values.limit));
  if (values.json) print(JSON.stringify(shown));
  else if (shown.length === 0) print('No job yet: npm run vivavoce -- drop manifest.json starts one.');
  else {
    const rows = shown.map((job) => [
      job.JobId ?? '',
      job.JobStatus ?? '',
      `${job.JobProgress?.PercentComplete ?? 0}%`,
      job.CreatedAt?.toISOString() ?? '',
      job.EndedAt?.toISOString() ?? '',
      job.JobName ?? '',
    ]);
    print(table(['job', 'status', 'done', 'created', 'ended', 'name'], rows));
  }
  return 0;
}
