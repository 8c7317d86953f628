import type { Group } from './groups.ts';

/** A spreadsheet takes a cell that begins so for a formula and runs it; an apostrophe before it makes it text. */
const FORMULA = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/;

/** A cell in quotes, as RFC 4180 has it. */
function cell(value: string): string {
  const harmless = FORMULA.test(value) ? `'${value}` : value;
  return `"${harmless.replaceAll('"', '""')}"`;
}

/**
 * Requests and how they ended, as RFC 4180 has it: all cells in quotes, CRLF after each line. A byte order mark is before
 * it, without which Excel takes UTF-8 for another encoding. No cell is a formula.
 */
export function requestsCsv(groups: readonly Group[]): string {
  const head = ['RequestId', 'Outcome', 'Cause', 'WhatToDo', 'Message'];
  const lines = groups.flatMap(({ failed, what, advice = '', rows }) =>
    rows.map(({ requestId, outcome, message }) => [requestId, outcome, failed ? what : '', advice, message]),
  );
  return `\uFEFF${[head, ...lines].map((cells) => `${cells.map(cell).join(',')}\r\n`).join('')}`;
}

/** `s3://bucket/2026/monday.json` → `monday-outcomes.csv`: of letters that every file system takes. */
export function csvFileName(manifest: string): string {
  const name = manifest.slice(manifest.lastIndexOf('/') + 1).replace(/\.json$/i, '');
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-zA-Z0-9._-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
  return `${plain === '' ? 'requests' : plain.slice(0, 100)}-outcomes.csv`;
}
