import { type Cause, groupByCause } from '../../clients/causes.ts';
import { failuresOf, isFailure, type OutcomeRow, totals } from '../../clients/output-file.ts';
import type { Problem, Report } from '../../clients/read-report.ts';

/** Rows of one cause that are shown before anybody asks for them. */
const SHOWN = 20;

/** Whatever a file or a name holds is text, and isolated: one that is written from right to left turns nothing round. */
const text = (value: string) => `<bdi>${escapeHtml(value)}</bdi>`;
const escapeHtml = (value: string) => value.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);

const STYLE = `
:root{color-scheme:light dark;--line:#8883;--bad:#b3261e;--good:#1a7f5a;--dull:#8a8a8a}
@media(prefers-color-scheme:dark){:root{--bad:#f2857c;--good:#5cc79b}}
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}
h1{margin:0;font-size:1.7rem;overflow-wrap:anywhere}h2{margin:2.5rem 0 .5rem;font-size:1.2rem}h3{margin:1.5rem 0 0;font-size:1rem}
p{margin:.2rem 0}dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:1rem 0}dt{opacity:.7}dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;margin:.5rem 0}th,td{text-align:left;padding:.25rem .8rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
th:first-child{min-width:8rem}th:nth-child(2){min-width:4rem}.bars th{width:13rem;font-weight:normal}.bars td{width:4rem}.bars td:last-child{width:auto}.bars i{display:block;height:1rem;margin-top:.25rem}
.bad{color:var(--bad)}.bars .bad{background:var(--bad)}.good{background:var(--good)}.dull{background:var(--dull)}
summary{cursor:pointer;padding:.3rem 0}ul{margin:.3rem 0}`;

function kindOf(name: string): string {
  if (/^\d/.test(name)) return 'bad';
  return name === 'DUPLICATE_SKIPPED' ? 'dull' : 'good';
}

function bars(rows: readonly OutcomeRow[]): string {
  const list = totals(rows).map(([name, count]) => {
    const width = ((100 * count) / rows.length).toFixed(2);
    return `<tr><th>${text(name)}</th><td>${count}</td><td><i class="${kindOf(name)}" style="width:${width}%"></i></td></tr>`;
  });
  return list.length === 0 ? '' : `<table class="bars">${list.join('\n')}</table>`;
}

/** A table; what is beyond `shown` rows is folded. */
function foldedTable(header: readonly string[], rows: readonly (readonly string[])[], shown = SHOWN): string {
  const head = `<tr>${header.map((name) => `<th>${name}</th>`).join('')}</tr>`;
  const lines = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${text(cell)}</td>`).join('')}</tr>`);
  const table = (part: readonly string[]) => `<table>${head}${part.join('\n')}</table>`;
  const rest = lines.length - shown;
  if (rest <= 0) return table(lines);
  return `${shown > 0 ? table(lines.slice(0, shown)) : ''}<details><summary>${rest} ${shown > 0 ? 'more' : 'requests'}</summary>${table(lines.slice(shown))}</details>`;
}

const section = (title: string, body: string) => `<section><h2>${title}</h2>${body}</section>`;

const causeOf = ({ what, advice, failures }: Cause) =>
  `<h3><span class="bad">${failures.length} ×</span> ${text(what)}</h3><p>${text(advice)}</p>${foldedTable(
    ['request', 'error', 'message'],
    failures.map(({ requestId, errorCode, message }) => [requestId, String(errorCode), message]),
  )}`;

const problemList = (problems: readonly Problem[], count: number) =>
  `<p>Nothing was enrolled. Mend these, and drop the manifest again.</p>${foldedTable(
    ['where', 'request', 'problem'],
    problems.map(({ path, requestId = '', message }) => [path, requestId, message]),
  )}${count > problems.length ? `<p>And ${count - problems.length} more.</p>` : ''}`;

function facts({ manifest, jobId, status, createdAt, endedAt, outcome, retryManifest }: Report): string {
  const lines: [string, string | undefined][] = [
    ['status', status],
    ['created', createdAt?.toISOString()],
    ['ended', endedAt?.toISOString()],
    ['requests', outcome === undefined ? undefined : String(outcome.rows.length)],
    ['job', jobId],
    ['manifest', manifest],
    ['output', outcome?.s3Uri],
    ['those that failed', retryManifest],
  ];
  const shown = lines.flatMap(([name, value]) =>
    value === undefined ? [] : [`<dt>${name}</dt><dd>${text(value)}</dd>`],
  );
  return `<dl>${shown.join('')}</dl>`;
}

/** One self-contained page without a script: the name and the times, what failed by its cause, and the rest folded. */
export function page(report: Report): string {
  const { manifest, failure, problems, problemCount, outcome } = report;
  const rows = outcome?.rows ?? [];
  const causes = groupByCause(failuresOf(rows));
  const successes = rows.filter((row) => !isFailure(row));
  const alike = outcome?.sameVoice ?? [];
  const name = manifest.slice(manifest.lastIndexOf('/') + 1);
  const parts = [
    failure === undefined ? '' : section('Why it failed', `<p class="bad">${text(failure)}</p>`),
    problemCount === 0
      ? ''
      : section(
          `Rejected: ${problemCount} problem${problemCount === 1 ? '' : 's'}`,
          problemList(problems, problemCount),
        ),
    causes.length === 0 ? '' : section('What failed, and what to do', causes.map(causeOf).join('\n')),
    alike.length === 0
      ? ''
      : section(
          'One voice, several speakers',
          `<p>Most likely the wrong channel: check the ChannelId.</p><ul>${alike.map((group) => `<li>${group.map(text).join(', ')}</li>`).join('')}</ul>`,
        ),
    successes.length === 0
      ? ''
      : section(
          'What went well',
          foldedTable(
            ['request', 'outcome'],
            successes.map(({ requestId, outcome: how }) => [requestId, how]),
            0,
          ),
        ),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(name)}: ${escapeHtml(report.status)}</title><style>${STYLE}</style></head>
<body><header><h1>${text(name)}</h1>${facts(report)}${bars(rows)}</header>
${parts.filter((part) => part !== '').join('\n')}
</body></html>
`;
}
