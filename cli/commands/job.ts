import { DescribeSpeakerEnrollmentJobCommand } from '@aws-sdk/client-voice-id';
import { domainId, voiceIdClient } from '../clients.ts';
import { COMMON_HELP, common, domainOption, jobArgument, parse } from '../options.ts';
import { print } from '../terminal.ts';

const HELP = `npm run vivavoce -- job ID [--domain-id ID] [OPTIONS]

Shows one enrollment job: its status, progress, input, output, and why it failed if it did.
${COMMON_HELP}
`;

export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parse(argv, { ...common, 'domain-id': { type: 'string' } }, true);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const JobId = jobArgument(positionals);
  const given = domainOption(values['domain-id']);
  const client = voiceIdClient(values);
  const DomainId = await domainId(client, given);
  const { Job } = await client.send(new DescribeSpeakerEnrollmentJobCommand({ DomainId, JobId }));
  if (values.json) print(JSON.stringify(Job));
  else {
    const lines: [string, string | undefined][] = [
      ['job', Job?.JobId],
      ['name', Job?.JobName],
      ['status', `${Job?.JobStatus} (${Job?.JobProgress?.PercentComplete ?? 0}%)`],
      ['created', Job?.CreatedAt?.toISOString()],
      ['ended', Job?.EndedAt?.toISOString()],
      ['input', Job?.InputDataConfig?.S3Uri],
      ['output', Job?.OutputDataConfig?.S3Uri],
      ['failure', Job?.FailureDetails?.Message],
    ];
    for (const [name, value] of lines) if (value !== undefined) print(`${name.padEnd(8)} ${value}`);
  }
  return 0;
}
