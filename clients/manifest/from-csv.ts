import { SPEAKER_ID } from '../speaker-id.ts';
import { CsvError, type CsvRow, parseCsv } from './csv.ts';
import { type ListedRecording, type ListProblem, type ListReading, SPEAKER_ID_EXPECTED, type Span } from './list.ts';

const COLUMNS = ['SpeakerId', 'Recording', 'ChannelId', 'RequestId'] as const;
type Column = (typeof COLUMNS)[number];
const REQUIRED: readonly Column[] = ['SpeakerId', 'Recording'];

const spanOf = ({ starts, end }: CsvRow): Span => [starts[0] ?? 0, end];
const problem = (line: number, span: Span, message: string): ListProblem => ({ where: `line ${line}`, span, message });

/** Where each column is, by the header; or what is wrong with the header. */
function columnsOf(header: CsvRow | undefined): Map<string, number> | ListProblem {
  const names = (header?.cells ?? []).map((name) => name.trim());
  const expected = `expected ${REQUIRED.join(', ')} and, if needed, ChannelId and RequestId`;
  const wrong = (message: string) => problem(header?.line ?? 1, header ? spanOf(header) : [0, 0], message);
  const unknown = names.find((name) => !COLUMNS.some((column) => column === name));
  if (unknown !== undefined) return wrong(`Found the column '${unknown}' in the header, ${expected}.`);
  const missing = REQUIRED.find((name) => !names.includes(name));
  if (missing !== undefined) return wrong(`Found no column ${missing} in the header, ${expected}.`);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) return wrong(`Found the column ${repeated} twice in the header, ${expected}.`);
  return new Map(names.map((name, index) => [name, index]));
}

/** What a `Recording`, as its cell has it, that is no s3:// URI stands for: the file's path, or why there is none, as `Found …, expected ….` */
export type FileOf = (path: string) => string | { message: string };

function readRow(
  row: CsvRow,
  columns: Map<string, number>,
  fileOf: FileOf,
  channelId: 0 | 1,
): ListedRecording | ListProblem {
  const { line, cells } = row;
  if (cells.length !== columns.size) {
    return problem(line, spanOf(row), `Found ${cells.length} cells, expected ${columns.size} as in the header.`);
  }
  const cell = (name: Column) => cells[columns.get(name) ?? -1]?.trim() ?? '';
  const wrong = (name: Column, message: string) => {
    const index = columns.get(name) ?? 0;
    const next = row.starts[index + 1];
    return problem(line, [row.starts[index] ?? 0, next === undefined ? row.end : next - 1], message);
  };
  const speakerId = cell('SpeakerId');
  if (!SPEAKER_ID.test(speakerId)) {
    const found = `Found a SpeakerId of ${speakerId.length} characters`;
    return wrong('SpeakerId', `${found}, expected ${SPEAKER_ID_EXPECTED}.`);
  }
  const recording = cell('Recording');
  if (!/\.wav$/i.test(recording) || /^(?!s3:)[a-z][a-z0-9+.-]+:\/\//i.test(recording)) {
    const expected = 'expected the s3:// URI or the path of a .wav file';
    return wrong('Recording', `Found the Recording '${recording}', ${expected}.`);
  }
  const channel = cell('ChannelId');
  if (!['', '0', '1'].includes(channel)) {
    return wrong('ChannelId', `Found the ChannelId '${channel}', expected 0 or 1, or nothing for ${channelId}.`);
  }
  const file = recording.startsWith('s3://') ? recording : fileOf(cells[columns.get('Recording') ?? -1] ?? '');
  if (typeof file !== 'string') return wrong('Recording', file.message);
  return {
    where: `line ${line}`,
    span: spanOf(row),
    speakerId,
    recording: file,
    channelId: channel === '' ? channelId : channel === '1' ? 1 : 0,
    requestId: cell('RequestId') || undefined,
  };
}

/**
 * A list of recordings as CSV: the header `SpeakerId,Recording` and, if needed, `ChannelId` and `RequestId`, in any order.
 * @param channelId of rows that have none
 */
export function readCsvList(text: string, fileOf: FileOf, channelId: 0 | 1 = 0): ListReading {
  let rows: CsvRow[];
  try {
    rows = parseCsv(text);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { line, index, message } = error;
    return { problems: [problem(line, [index, index], `Found ${message}.`)] };
  }
  const [header, ...body] = rows;
  const columns = columnsOf(header);
  if (!(columns instanceof Map)) return { problems: [columns] };
  if (body.length === 0) {
    return { problems: [problem(1, [0, 0], 'Found no row below the header, expected one a recording.')] };
  }
  const read = body.map((row) => readRow(row, columns, fileOf, channelId));
  const problems = read.filter((each) => 'message' in each);
  if (problems.length > 0) return { problems };
  return { recordings: read.filter((each) => 'recording' in each), skipped: [] };
}
