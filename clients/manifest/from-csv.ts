import { resolve } from 'node:path';
import { CsvError, type CsvRow, parseCsv } from './csv.ts';
import { type ListedRecording, type ListProblem, type ListReading, SPEAKER_ID, SPEAKER_ID_EXPECTED } from './list.ts';

const COLUMNS = ['SpeakerId', 'Recording', 'ChannelId', 'RequestId'] as const;
type Column = (typeof COLUMNS)[number];
const REQUIRED: readonly Column[] = ['SpeakerId', 'Recording'];

const problem = (line: number, message: string): ListProblem => ({ where: `line ${line}`, message });

/** Where each column is, by the header; or what is wrong with the header. */
function columnsOf(header: CsvRow | undefined): Map<string, number> | ListProblem {
  const names = (header?.cells ?? []).map((name) => name.trim());
  const expected = `expected ${REQUIRED.join(', ')} and, if needed, ChannelId and RequestId`;
  const line = header?.line ?? 1;
  const unknown = names.find((name) => !COLUMNS.some((column) => column === name));
  if (unknown !== undefined) return problem(line, `Found the column '${unknown}' in the header, ${expected}.`);
  const missing = REQUIRED.find((name) => !names.includes(name));
  if (missing !== undefined) return problem(line, `Found no column ${missing} in the header, ${expected}.`);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) return problem(line, `Found the column ${repeated} twice in the header, ${expected}.`);
  return new Map(names.map((name, index) => [name, index]));
}

function readRow(
  { line, cells }: CsvRow,
  columns: Map<string, number>,
  directory: string,
): ListedRecording | ListProblem {
  if (cells.length !== columns.size) {
    return problem(line, `Found ${cells.length} cells, expected ${columns.size} as in the header.`);
  }
  const cell = (name: Column) => cells[columns.get(name) ?? -1]?.trim() ?? '';
  const speakerId = cell('SpeakerId');
  if (!SPEAKER_ID.test(speakerId)) {
    return problem(line, `Found a SpeakerId of ${speakerId.length} characters, expected ${SPEAKER_ID_EXPECTED}.`);
  }
  const recording = cell('Recording');
  if (!/\.wav$/i.test(recording) || /^(?!s3:)[a-z][a-z0-9+.-]+:\/\//i.test(recording)) {
    return problem(line, `Found the Recording '${recording}', expected the s3:// URI or the path of a .wav file.`);
  }
  const channel = cell('ChannelId');
  if (!['', '0', '1'].includes(channel)) {
    return problem(line, `Found the ChannelId '${channel}', expected 0 or 1, or nothing for 0.`);
  }
  return {
    where: `line ${line}`,
    speakerId,
    recording: recording.startsWith('s3://') ? recording : resolve(directory, recording),
    channelId: channel === '1' ? 1 : 0,
    requestId: cell('RequestId') || undefined,
  };
}

/**
 * A list of recordings as CSV: the header `SpeakerId,Recording` and, if needed, `ChannelId` (0) and `RequestId`, in any
 * order. Paths of files are meant from `directory`, where the list is.
 */
export function readCsvList(text: string, directory: string): ListReading {
  let rows: CsvRow[];
  try {
    rows = parseCsv(text);
  } catch (error) {
    if (error instanceof CsvError) return { problems: [problem(error.line, `Found ${error.message}.`)] };
    throw error;
  }
  const [header, ...body] = rows;
  const columns = columnsOf(header);
  if (!(columns instanceof Map)) return { problems: [columns] };
  if (body.length === 0) return { problems: [problem(1, 'Found no row below the header, expected one a recording.')] };
  const read = body.map((row) => readRow(row, columns, directory));
  const problems = read.filter((each) => 'message' in each);
  if (problems.length > 0) return { problems };
  return { recordings: read.filter((each) => 'recording' in each), skipped: [] };
}
