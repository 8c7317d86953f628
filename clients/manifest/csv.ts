/** A row of a CSV file, and the line of the file that it begins in. */
export interface CsvRow {
  line: number;
  cells: string[];
  /** Where each cell begins in the text, its quote included, and where the row ends. */
  starts: number[];
  end: number;
}

/** Why a text is no CSV, and where. */
export class CsvError extends Error {
  override readonly name = 'CsvError';
  readonly line: number;
  /** Where in the text the cell begins that can't be read. */
  readonly index: number;

  constructor(line: number, index: number, message: string) {
    super(message);
    this.line = line;
    this.index = index;
  }
}

/** A cell in quotes, in which a quote is two; or one without any. Then what ends it. */
const CELL = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y;

/**
 * CSV as RFC 4180 has it and spreadsheets write it: cells between commas, in quotes where they hold a comma, a quote or a
 * line's end; with or without a byte order mark; lines that end in any way. Empty lines are none.
 * @throws CsvError where a quote is not closed, or stands inside a cell without quotes.
 */
export function parseCsv(text: string): CsvRow[] {
  const rows: CsvRow[] = [];
  let line = 1;
  let cells: string[] = [];
  let starts: number[] = [];
  let begun = 1;
  CELL.lastIndex = text.startsWith('\uFEFF') ? 1 : 0;
  while (CELL.lastIndex <= text.length) {
    const start = CELL.lastIndex;
    const match = CELL.exec(text);
    if (match === null) throw new CsvError(line, start, 'a quote that is not closed, or not at the ends of its cell');
    const [whole, quoted, plain = '', end = ''] = match;
    starts.push(start);
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    line += whole.match(/\r\n|\n|\r/g)?.length ?? 0;
    if (end === ',') continue;
    if (cells.length > 1 || cells[0] !== '' || quoted !== undefined) {
      rows.push({ line: begun, cells, starts, end: CELL.lastIndex - end.length });
    }
    cells = [];
    starts = [];
    begun = line;
    if (end === '') break;
  }
  return rows;
}
