import { BUS } from '../../local/account.ts';
import { machineArn, stepFunctionsClient } from '../clients.ts';
import { COMMON_HELP, clientOptions, common, parse, whole } from '../options.ts';
import { subscribe } from '../subscribe.ts';
import { print } from '../terminal.ts';
import { endings } from '../watch.ts';

const HELP = `npm run vivavoce -- events [--follow] [OPTIONS]

Lists the endings of uploads, newest first. With --follow: every event of the bus as it comes, through a rule and a
queue of its own that are removed at Ctrl-C.

  --limit N            how many endings (20)
  --bus NAME           another event bus than ${BUS}
${COMMON_HELP}
`;

export async function run(argv: string[]): Promise<number> {
  const { values } = parse(argv, {
    ...common,
    follow: { type: 'boolean', default: false },
    limit: { type: 'string', default: '20' },
    bus: { type: 'string', default: BUS },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const limit = whole('limit', values.limit, 1);
  if (values.follow) {
    const stop = new AbortController();
    process.once('SIGINT', () => stop.abort());
    process.once('SIGTERM', () => stop.abort());
    const pattern = { source: [{ prefix: 'vivavoce.' }] };
    const clients = clientOptions(values);
    for await (const event of subscribe({ bus: values.bus, pattern, clients, signal: stop.signal })) {
      print(values.json ? JSON.stringify(event) : JSON.stringify(event, null, 2));
    }
    return 0;
  }
  let left = limit;
  const list = [];
  for await (const ending of endings(stepFunctionsClient(values), machineArn(values))) {
    if (left-- <= 0) break;
    list.push(ending);
    if (!values.json) {
      const counts = Object.entries(ending.detail.counts ?? {}).map(([name, value]) => `${name} ${value}`);
      print(`${ending.detail.endedAt}  ${ending.detailType}  ${ending.detail.manifest.key}  ${counts.join(', ')}`);
    }
  }
  if (values.json) print(JSON.stringify(list));
  else if (list.length === 0) print('No upload has ended yet.');
  return 0;
}
