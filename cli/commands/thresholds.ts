import { writeFile } from 'node:fs/promises';
import { askThresholds } from '../../clients/thresholds/ask.ts';
import { registerTsx } from '../../console/tsx.ts';
import { domainId, voiceIdClient } from '../clients.ts';
import { COMMON_HELP, checkWritable, common, domainOption, parse } from '../options.ts';
import { print } from '../terminal.ts';
import { report } from '../thresholds/report.ts';

const HELP = `npm run vivavoce -- thresholds [--domain-id ID] [--html FILE] [OPTIONS]

Shows what the scores 90 and 20 mean among a domain's own enrolled callers: they are different people, so their
voiceprints held against each other say how often a stranger reaches a score; and what the thresholds would have to be
for 0.1, 0.5 and 1 % of strangers.

  --html FILE          writes it as one self-contained page, to be looked at or sent on; no speaker is in it
  --domain-id ID       another domain than the one named vivavoce
${COMMON_HELP}
`;

export async function run(argv: string[]): Promise<number> {
  const { values } = parse(argv, { ...common, 'domain-id': { type: 'string' }, html: { type: 'string' } });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const given = domainOption(values['domain-id']);
  if (values.html !== undefined) await checkWritable('html', values.html);
  const client = voiceIdClient(values);
  const id = await domainId(client, given);
  const thresholds = await askThresholds(client, id);
  if (values.html !== undefined) {
    registerTsx();
    const { thresholdsFile } = await import('../../console/thresholds/thresholds-file.tsx');
    await writeFile(values.html, await thresholdsFile(thresholds));
    if (!values.json) print(`wrote ${values.html}\n`);
  }
  print(values.json ? JSON.stringify(thresholds) : report(thresholds));
  return 0;
}
