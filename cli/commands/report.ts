import { writeFile } from 'node:fs/promises';
import { domainId, s3Client, voiceIdClient } from '../clients.ts';
import { COMMON_HELP, checkWritable, common, domainOption, jobArgument, parse } from '../options.ts';
import { type Outcome, type OutcomeRow, readOutcome } from '../output-file.ts';
import { print, table } from '../terminal.ts';

const HELP = `npm run vivavoce -- report JOB [--html FILE] [OPTIONS]

Shows a job's outcome: a bar for each kind of ending, requests of different speakers that have one voice, then each
request that failed and why.

  --all                every request, not only those that failed
  --html FILE          writes it as one self-contained page, to be looked at or sent on
  --domain-id ID       another domain than the one named vivavoce
${COMMON_HELP}
`;

const BAR = 40;

function totals(rows: readonly OutcomeRow[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const { outcome } of rows) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}

const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

function page(jobId: string, { s3Uri, rows, sameVoice }: Outcome): string {
  const bars = totals(rows).map(([outcome, count]) => {
    const width = (100 * count) / rows.length;
    const colour = /^\d/.test(outcome) ? '#b3261e' : outcome === 'DUPLICATE_SKIPPED' ? '#8a8a8a' : '#1a7f5a';
    return `<tr><th>${escapeHtml(outcome)}</th><td>${count}</td><td class="bar"><i style="width:${width.toFixed(2)}%;background:${colour}"></i></td></tr>`;
  });
  const list = rows.map(
    (row) =>
      `<tr><td>${escapeHtml(row.requestId)}</td><td>${escapeHtml(row.outcome)}</td><td>${escapeHtml(row.message)}</td></tr>`,
  );
  const alike = sameVoice.map((group) => `<li>${group.map(escapeHtml).join(', ')}</li>`).join('');
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Enrollment job ${escapeHtml(jobId)}</title>
<style>body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1c1c1c}table{border-collapse:collapse;width:100%;margin:1.5rem 0}
th,td{text-align:left;padding:.3rem .8rem;border-bottom:1px solid #ddd;vertical-align:top}.bar{width:60%}.bar i{display:block;height:1rem}code{word-break:break-all}</style>
<h1>Enrollment job ${escapeHtml(jobId)}</h1><p>${rows.length} requests. <code>${escapeHtml(s3Uri)}</code></p>
<table>${bars.join('')}</table>${alike && `<h2>One voice, several speakers</h2><ul>${alike}</ul>`}<table><tr><th>request</th><th>outcome</th><th>message</th></tr>${list.join('\n')}</table></html>
`;
}

export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parse(
    argv,
    { ...common, 'domain-id': { type: 'string' }, all: { type: 'boolean', default: false }, html: { type: 'string' } },
    true,
  );
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const JobId = jobArgument(positionals);
  const given = domainOption(values['domain-id']);
  if (values.html !== undefined) await checkWritable('html', values.html);
  const voiceId = voiceIdClient(values);
  const DomainId = await domainId(voiceId, given);
  const { s3Uri, rows, sameVoice } = await readOutcome({ DomainId, JobId }, { voiceId, s3: s3Client(values) });
  if (values.html !== undefined) {
    await writeFile(values.html, page(JobId, { s3Uri, rows, sameVoice }));
    if (!values.json) print(`wrote ${values.html}`);
  }
  if (values.json) print(JSON.stringify({ jobId: JobId, s3Uri, rows, sameVoice }));
  else {
    print(`${s3Uri}\n`);
    for (const [outcome, count] of totals(rows)) {
      print(
        `${outcome.padEnd(21)} ${String(count).padStart(6)}  ${'█'.repeat(Math.max(1, Math.round((BAR * count) / rows.length)))}`,
      );
    }
    if (sameVoice.length > 0) {
      print('\nDifferent speakers that have one voice (the wrong channel?), by request or generated id:');
      for (const group of sameVoice) print(`  ${group.join(', ')}`);
    }
    const shown = values.all ? rows : rows.filter(({ message }) => message !== '');
    if (shown.length > 0)
      print(
        `\n${table(
          ['request', 'outcome', 'message'],
          shown.map((row) => [row.requestId, row.outcome, row.message]),
        )}`,
      );
  }
  return 0;
}
