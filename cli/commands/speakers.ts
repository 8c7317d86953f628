import { paginateListSpeakers, type SpeakerSummary } from '@aws-sdk/client-voice-id';
import { domainId, voiceIdClient } from '../clients.ts';
import { COMMON_HELP, common, domainOption, parse } from '../options.ts';
import { print, table } from '../terminal.ts';

const HELP = `npm run vivavoce -- speakers [--stale] [--domain-id ID] [OPTIONS]

Lists the speakers of a domain.

  --stale              only those that must enroll again: their voiceprint is of another model than the one
                       installed, or nobody has used it for three years (status EXPIRED)
  --domain-id ID       another domain than the one named vivavoce
${COMMON_HELP}
`;

export async function run(argv: string[]): Promise<number> {
  const { values } = parse(argv, {
    ...common,
    'domain-id': { type: 'string' },
    stale: { type: 'boolean', default: false },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const given = domainOption(values['domain-id']);
  const client = voiceIdClient(values);
  const DomainId = await domainId(client, given);
  const speakers: SpeakerSummary[] = [];
  for await (const page of paginateListSpeakers({ client }, { DomainId })) {
    speakers.push(...(page.SpeakerSummaries ?? []).filter(({ Status }) => !values.stale || Status === 'EXPIRED'));
  }
  if (values.json) print(JSON.stringify(speakers));
  else if (speakers.length === 0) print(values.stale ? 'No speaker has to enroll again.' : 'No speaker yet.');
  else {
    const rows = speakers.map((speaker) => [
      speaker.CustomerSpeakerId ?? '',
      speaker.GeneratedSpeakerId ?? '',
      speaker.Status ?? '',
      speaker.UpdatedAt?.toISOString() ?? '',
    ]);
    print(table(['speaker', 'generated id', 'status', 'updated'], rows));
  }
  return 0;
}
