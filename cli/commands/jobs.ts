import {
  paginateListSpeakerEnrollmentJobs,
  type SpeakerEnrollmentJobSummary,
  type VoiceIDClient,
} from '@aws-sdk/client-voice-id';
import { CommandError } from '../../clients/errors.ts';
import { type Upload, uploads } from '../../clients/uploads.ts';
import { domainId, machineArn, stepFunctionsClient, voiceIdClient } from '../clients.ts';
import { COMMON_HELP, common, domainOption, oneOf, parse, type Target, whole } from '../options.ts';
import { print, table } from '../terminal.ts';

const HELP = `npm run vivavoce -- jobs [--domain-id ID] [--status STATUS] [OPTIONS]

Lists enrollment jobs, newest first, and the uploads that came to none: rejected manifests, and those that failed before.

  --domain-id ID       another domain than the one named vivavoce
  --status STATUS      SUBMITTED, IN_PROGRESS, COMPLETED, COMPLETED_WITH_ERRORS, FAILED or REJECTED
  --limit N            how many (50)
${COMMON_HELP}
`;

const STATUSES = ['SUBMITTED', 'IN_PROGRESS', 'COMPLETED', 'COMPLETED_WITH_ERRORS', 'FAILED', 'REJECTED'] as const;

type Status = (typeof STATUSES)[number];

async function jobsOf(
  asked: { DomainId: string; JobStatus?: Exclude<Status, 'REJECTED'> },
  limit: number,
  client: VoiceIDClient,
): Promise<SpeakerEnrollmentJobSummary[]> {
  const jobs: SpeakerEnrollmentJobSummary[] = [];
  for await (const page of paginateListSpeakerEnrollmentJobs({ client }, asked)) {
    jobs.push(...(page.JobSummaries ?? []));
    if (jobs.length >= limit) break;
  }
  return jobs.slice(0, limit);
}

/** Executions that are looked at, each of which costs a call: most uploads come to a job. */
const LOOKED_AT = 1000;

/**
 * Uploads that ended without a job.
 * @param given the domain asked for; without it those of a domain that is not there are shown, too.
 * @param oldest those before it would not be shown.
 */
async function withoutJob(
  {
    given,
    status,
    limit,
    oldest,
  }: { given: string | undefined; status: Status | undefined; limit: number; oldest: Date | undefined },
  values: Target,
): Promise<Upload[]> {
  let stateMachineArn: string;
  try {
    stateMachineArn = machineArn(values);
  } catch (error) {
    if (!(error instanceof CommandError) || status === 'REJECTED') throw error;
    process.stderr.write(`Uploads without a job are not shown: ${error.message}\n`);
    return [];
  }
  const found: Upload[] = [];
  let looks = 0;
  for await (const upload of uploads(stepFunctionsClient(values), stateMachineArn)) {
    if (found.length >= limit || ++looks > LOOKED_AT) break;
    if (oldest !== undefined && upload.startedAt !== undefined && upload.startedAt < oldest) break;
    const detail = upload.ending?.detail;
    if (detail === undefined || detail.jobId !== undefined) continue;
    if (given !== undefined && upload.domainId !== given) continue;
    if (status === undefined || detail.status === status) found.push(upload);
  }
  return found;
}

/** What the list shows of an upload: what it shows of a job, but no job's id. */
const asJob = ({ uploadId, manifest, startedAt, ending }: Upload) => ({
  UploadId: uploadId,
  JobId: undefined,
  JobStatus: ending?.detail.status,
  JobProgress: undefined,
  CreatedAt: startedAt,
  EndedAt: ending === undefined ? undefined : new Date(ending.detail.endedAt),
  JobName: manifest.key,
});

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
  const status = oneOf('status', values.status, STATUSES);
  const given = domainOption(values['domain-id']);
  const client = voiceIdClient(values);
  const DomainId = await domainId(client, given);
  const jobs =
    status === 'REJECTED' ? [] : await jobsOf({ DomainId, ...(status && { JobStatus: status }) }, limit, client);
  const oldest = jobs.length < limit ? undefined : jobs.at(-1)?.CreatedAt;
  const without =
    status === undefined || status === 'REJECTED' || status === 'FAILED'
      ? await withoutJob({ given, status, limit, oldest }, values)
      : [];
  const shown = [...jobs, ...without.map(asJob)]
    .sort((a, b) => (b.CreatedAt?.getTime() ?? 0) - (a.CreatedAt?.getTime() ?? 0))
    .slice(0, limit);
  if (values.json) print(JSON.stringify(shown));
  else if (shown.length === 0) print('No job yet: npm run vivavoce -- drop manifest.json starts one.');
  else {
    const rows = shown.map((job) => [
      job.JobId ?? '-',
      job.JobStatus ?? '',
      job.JobId === undefined ? '' : `${job.JobProgress?.PercentComplete ?? 0}%`,
      job.CreatedAt?.toISOString() ?? '',
      job.EndedAt?.toISOString() ?? '',
      job.JobName ?? '',
    ]);
    print(table(['job', 'status', 'done', 'created', 'ended', 'name'], rows));
    if (without.length > 0) print('\nOf an upload without a job: npm run vivavoce -- report NAME');
  }
  return 0;
}
