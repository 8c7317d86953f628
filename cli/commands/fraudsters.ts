import { askFraudsters } from '../../clients/fraudsters.ts';
import { domainId, voiceIdClient } from '../clients.ts';
import { COMMON_HELP, common, domainOption, formed, parse } from '../options.ts';
import { print, table } from '../terminal.ts';

const HELP = `npm run vivavoce -- fraudsters [--stale] [--watchlist-id ID] [--domain-id ID] [OPTIONS]

Lists the fraudsters of a domain.

  --stale              only those that must be registered again: their voiceprint is of another model than the
                       one installed, and no voice is held against it
  --watchlist-id ID    only those on that watchlist
  --domain-id ID       another domain than the one named vivavoce
${COMMON_HELP}
`;

export async function run(argv: string[]): Promise<number> {
  const { values } = parse(argv, {
    ...common,
    'domain-id': { type: 'string' },
    'watchlist-id': { type: 'string' },
    stale: { type: 'boolean', default: false },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const given = domainOption(values['domain-id']);
  const watchlistId = formed('watchlist-id', values['watchlist-id'], /^[a-zA-Z0-9]{22}$/, '22 letters and digits');
  const client = voiceIdClient(values);
  const id = await domainId(client, given);
  const fraudsters = (await askFraudsters(client, id, watchlistId)).filter(({ Stale }) => Stale || !values.stale);
  if (values.json) print(JSON.stringify(fraudsters));
  else if (fraudsters.length === 0) {
    print(values.stale ? 'No fraudster has to be registered again.' : 'No fraudster yet.');
  } else {
    const rows = fraudsters.map((fraudster) => [
      fraudster.GeneratedFraudsterId,
      fraudster.Stale ? 'of another model' : 'compared',
      new Date(fraudster.CreatedAt * 1000).toISOString(),
      fraudster.WatchlistIds.join(' '),
    ]);
    print(table(['generated id', 'voiceprint', 'created', 'watchlists'], rows));
  }
  return 0;
}
