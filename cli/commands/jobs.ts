import { paginateListSpeakerEnrollmentJobs, type SpeakerEnrollmentJobSummary } from '@aws-sdk/client-voice-id';
import { domainId, voiceIdClient } from '../clients.ts';
import { COMMON_HELP, common, domainOption, oneOf, parse, whole } from '../options.ts';
import { print, table } from '../terminal.ts';

const HELP = `npm run vivavoce -- jobs [--domain-id ID] [--status STATUS] [OPTIONS]

Lists enrollment jobs, newest first.

  --domain-id ID       another domain than the one named vivavoce
  --status STATUS      SUBMITTED, IN_PROGRESS, COMPLETED, COMPLETED_WITH_ERRORS or FAILED
  --limit N            how many (50)
${COMMON_HELP}
`;

const STATUSES = ['SUBMITTED', 'IN_PROGRESS', 'COMPLETED', 'COMPLETED_WITH_ERRORS', 'FAILED'] as const;

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
  const limit = whole('limit', values.limit, 1);
  const JobStatus = oneOf('status', values.status, STATUSES);
  const given = domainOption(values['domain-id']);
  const client = voiceIdClient(values);
  const DomainId = await domainId(client, given);
  const jobs: SpeakerEnrollmentJobSummary[] = [];
  for await (const page of paginateListSpeakerEnrollmentJobs(
    { client },
    { DomainId, ...(JobStatus && { JobStatus }) },
  )) {
    jobs.push(...(page.JobSummaries ?? []));
    if (jobs.length >= limit) break;
  }
  const shown = jobs.slice(0, limit);
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
