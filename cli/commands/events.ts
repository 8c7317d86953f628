import { UsageError } from '../../clients/errors.ts';
import { uploads } from '../../clients/uploads.ts';
import type { Ending } from '../../clients/watch.ts';
import { BUS } from '../../local/account.ts';
import { machineArn, stepFunctionsClient } from '../clients.ts';
import { COMMON_HELP, clientOptions, common, parse, whole } from '../options.ts';
import { subscribe } from '../subscribe.ts';
import { print } from '../terminal.ts';

const HELP = `npm run vivavoce -- events [--follow] [OPTIONS]

Lists the endings of uploads, newest first. With --follow: every event of the bus as it comes, through a rule and a
queue of its own that are removed at Ctrl-C.

  --limit N            how many endings (20)
  --bus NAME           with --follow: another event bus than ${BUS}
${COMMON_HELP}
`;

/** An ending on one line: its counts, or why it failed or was rejected. */
function line({ detailType, detail }: Ending): string {
  const { endedAt, manifest, failureDetails, problems = [], problemCount = problems.length } = detail;
  const counts = Object.entries(detail.counts ?? {}).map(([name, value]) => `${name} ${value}`);
  const [first] = problems;
  const more = problemCount > 1 ? ` (and ${problemCount - 1} more)` : '';
  const what = [
    counts.join(', '),
    failureDetails?.message ?? '',
    first === undefined ? '' : `${first.path}: ${first.message}${more}`,
  ];
  return [endedAt, detailType, manifest.key, ...what.filter((text) => text !== '')].join('  ');
}

export async function run(argv: string[]): Promise<number> {
  const { values } = parse(argv, {
    ...common,
    follow: { type: 'boolean', default: false },
    limit: { type: 'string', default: '20' },
    bus: { type: 'string' },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const limit = whole('limit', values.limit, 1);
  if (values.bus !== undefined && !values.follow) {
    throw new UsageError(
      `Found --bus ${values.bus} without --follow: endings come from the executions, not from a bus.`,
    );
  }
  if (values.follow) {
    const stop = new AbortController();
    process.once('SIGINT', () => stop.abort());
    process.once('SIGTERM', () => stop.abort());
    const pattern = { source: [{ prefix: 'vivavoce.' }] };
    const clients = clientOptions(values);
    for await (const event of subscribe({ bus: values.bus ?? BUS, pattern, clients, signal: stop.signal })) {
      print(values.json ? JSON.stringify(event) : JSON.stringify(event, null, 2));
    }
    return 0;
  }
  const list = [];
  for await (const { ending, executionArn } of uploads(stepFunctionsClient(values), machineArn(values), 'SUCCEEDED')) {
    if (ending === undefined) continue;
    list.push({ ...ending, executionArn });
    if (!values.json) print(line(ending));
    if (list.length === limit) break;
  }
  if (values.json) print(JSON.stringify(list));
  else if (list.length === 0) print('No upload has ended yet.');
  return 0;
}
