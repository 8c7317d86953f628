/** What a benchmark comes to. */
export interface BenchTable {
  title: string;
  columns: string[];
  rows: (string | number)[][];
}

/** On the terminal, columns aligned. */
export function print({ title, columns, rows }: BenchTable): void {
  const cells = [columns, ...rows.map((row) => row.map(String))];
  const widths = columns.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ');
  const [header = [], ...body] = cells;
  process.stdout.write(
    `\n${title}\n\n${[line(header), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n')}\n`,
  );
}
