import { writeFile } from 'node:fs/promises';
import { causeLine, groupByCause } from '../../clients/causes.ts';
import { UsageError } from '../../clients/errors.ts';
import { failuresOf, isFailure, totals } from '../../clients/output-file.ts';
import { type Report, reportOfJob, reportOfUpload, WHY_GONE } from '../../clients/read-report.ts';
import { findUpload } from '../../clients/uploads.ts';
import { registerTsx } from '../../console/tsx.ts';
import { domainId, machineArn, s3Client, stepFunctionsClient, voiceIdClient } from '../clients.ts';
import { COMMON_HELP, checkWritable, common, domainOption, isJobId, parse, type Target } from '../options.ts';
import { print, table } from '../terminal.ts';

const HELP = `npm run vivavoce -- report JOB | UPLOAD | MANIFEST | --last [--html FILE] [OPTIONS]

Shows how an upload ended: a bar for each kind of ending, what failed by its cause and what to do about it, requests of
different speakers that have one voice, then the first 100 requests that failed and why. Of a rejected manifest: its problems.
Exit code 1 where the output file is not there any more.

  JOB                  a job's id
  UPLOAD               an upload's id, or its execution's ARN
  MANIFEST             a manifest's name, key or URI: its newest upload
  --last               the newest upload
  --all                every request, not only the first that failed
  --html FILE          writes it as one self-contained page, to be looked at or sent on
  --domain-id ID       another domain than the one named vivavoce
${COMMON_HELP}
`;

const BAR = 40;
/** Requests that failed, as far as they are listed: what is above them is not to be lost from sight. */
const LISTED = 100;

/** The one thing that the report is about. @throws UsageError */
function subject([name, ...more]: readonly string[], last: boolean): string | undefined {
  if (last && name === undefined) return undefined;
  if (name === undefined) {
    throw new UsageError('Found nothing to report on, expected a job, an upload, a manifest, or --last.');
  }
  if (!last && more.length === 0) return name;
  const found = last ? `${name} and --last` : `${more.length + 1} names`;
  throw new UsageError(`Found ${found}, expected one job, upload or manifest, or --last.`);
}

async function read(name: string | undefined, given: string | undefined, values: Target): Promise<Report> {
  const clients = { voiceId: voiceIdClient(values), s3: s3Client(values) };
  if (name !== undefined && isJobId(name)) {
    return reportOfJob({ DomainId: await domainId(clients.voiceId, given), JobId: name }, undefined, clients);
  }
  const where = { stepFunctions: stepFunctionsClient(values), stateMachineArn: machineArn(values) };
  return reportOfUpload(await findUpload(name, where), given, clients);
}

function show(
  { manifest, status, failure, problems, problemCount, outcome, outputGone, retryManifest, retryGone }: Report,
  all: boolean,
): void {
  print(`${manifest}: ${status}`);
  if (outcome !== undefined) print(outcome.s3Uri);
  if (failure !== undefined) print(`\n${failure}`);
  if (problemCount > 0) {
    print(`\nNothing was enrolled, for ${problemCount} problem${problemCount === 1 ? '' : 's'}:`);
    for (const { path, requestId, message } of problems) {
      print(`  ${path}${requestId === undefined ? '' : ` (${requestId})`}: ${message}`);
    }
  }
  if (outputGone !== undefined) print(`\nIts output file ${outputGone} is not there any more. ${WHY_GONE}`);
  if (outcome === undefined) return;
  const { rows, sameVoice } = outcome;
  print('');
  for (const [name, count] of totals(rows)) {
    const bar = '█'.repeat(Math.max(1, Math.round((BAR * count) / rows.length)));
    print(`${name.padEnd(21)} ${String(count).padStart(6)}  ${bar}`);
  }
  const causes = groupByCause(failuresOf(rows));
  if (causes.length > 0) print('');
  for (const cause of causes) print(causeLine(cause));
  if (retryManifest !== undefined) print(`Just those that failed: ${retryManifest}`);
  if (retryGone !== undefined)
    print(`The manifest of those that failed, ${retryGone}, is not there any more. ${WHY_GONE}`);
  if (sameVoice.length > 0) {
    print('\nDifferent speakers that have one voice (the wrong channel?), by request or generated id:');
    for (const group of sameVoice) print(`  ${group.join(', ')}`);
  }
  const failed = rows.filter(isFailure);
  const shown = all ? rows : failed.slice(0, LISTED);
  if (shown.length === 0) return;
  const cells = shown.map((row) => [row.requestId, row.outcome, row.message]);
  print(`\n${table(['request', 'outcome', 'message'], cells)}`);
  if (!all && failed.length > LISTED)
    print(`and ${failed.length - LISTED} more: --all, --html and --json have them all`);
}

/** `jobId`, `s3Uri`, `rows` and `sameVoice` are what a script reads of a job that has an output file. */
function json({ outcome, ...report }: Report): string {
  const { rows = [], sameVoice = [], ...file } = outcome ?? {};
  const causes = groupByCause(failuresOf(rows)).map(({ what, advice, failures }) => ({
    what,
    advice,
    requests: failures.map(({ requestId }) => requestId),
  }));
  return JSON.stringify({ ...report, ...file, rows, sameVoice, causes });
}

export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parse(
    argv,
    {
      ...common,
      'domain-id': { type: 'string' },
      all: { type: 'boolean', default: false },
      last: { type: 'boolean', default: false },
      html: { type: 'string' },
    },
    true,
  );
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const name = subject(positionals, values.last);
  const given = domainOption(values['domain-id']);
  if (values.html !== undefined) await checkWritable('html', values.html);
  const report = await read(name, given, values);
  if (values.html !== undefined) {
    registerTsx();
    const { reportPage } = await import('../../console/outcomes/report-page.tsx');
    await writeFile(values.html, await reportPage(report));
    if (!values.json) print(`wrote ${values.html}`);
  }
  if (values.json) print(json(report));
  else show(report, values.all);
  return report.outputGone === undefined ? 0 : 1;
}
