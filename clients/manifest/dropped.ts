/** A file as a browser has it: its path from what was dropped or chosen, and its bytes. */
export interface DroppedFile {
  path: string;
  size: number;
}

/** A request has at most ten recordings. */
const MOST_RECORDINGS = 10;

export const isRecording = (path: string) => /[^/]\.wav$/i.test(path);
const isList = (path: string) => /\.csv$/i.test(path);
const isManifest = (path: string) => /\.json$/i.test(path);
/** What file systems and spreadsheets leave lying about. */
const isHidden = (path: string) => /(^|\/)(\.|~\$|Thumbs\.db$|desktop\.ini$)/i.test(path);

export type Sorted =
  | { kind: 'manifest' | 'list' /** Index of the file. */; file: number }
  | { kind: 'folder' }
  | { kind: 'nothing'; message: string };

const EXPECTED = 'expected a manifest (.json), a list (.csv) or folders of recordings (.wav), one for each speaker';

/** What somebody has dropped, by the names of its files. */
export function sortOut(paths: readonly string[]): Sorted {
  const seen = [...paths.entries()].filter(([, path]) => !isHidden(path));
  const of = (is: (path: string) => boolean) => seen.filter(([, path]) => is(path)).map(([index]) => index);
  const recordings = of(isRecording);
  const [list, ...lists] = of(isList);
  const [manifest, ...manifests] = of(isManifest);
  if (lists.length > 0) return { kind: 'nothing', message: `Found ${lists.length + 1} lists, expected one at a time.` };
  if (list !== undefined) return { kind: 'list', file: list };
  if (recordings.length > 0) return { kind: 'folder' };
  if (manifests.length > 0) {
    return { kind: 'nothing', message: `Found ${manifests.length + 1} manifests, expected one at a time.` };
  }
  if (manifest !== undefined) return { kind: 'manifest', file: manifest };
  const only = seen.length === 1 ? seen[0]?.[1].split('/').at(-1) : undefined;
  const found = only === undefined ? `${seen.length} files, none of which can be used` : `'${only}'`;
  return { kind: 'nothing', message: `Found ${found}, ${EXPECTED}.` };
}

/** The folder, with a slash at its end, that all of the paths are in, or nothing. */
export function commonFolder(paths: readonly string[]): string {
  const [first = ''] = paths;
  const top = first.slice(0, first.indexOf('/') + 1);
  return top !== '' && paths.every((path) => path.startsWith(top)) ? top : '';
}

const cell = (text: string) => (/[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const count = (number: number, one: string, many: string) => `${number} ${number === 1 ? one : many}`;

/**
 * The list that folders of recordings come to, a folder for each speaker: CSV to be read, and changed, like any other. A
 * folder around all of them is none of a speaker.
 */
export function listOfFolder(files: readonly DroppedFile[]): { csv: string; leftOut: string[] } {
  const recordings = files.filter(({ path }) => isRecording(path) && !isHidden(path));
  const others = files.filter(({ path }) => !isRecording(path) && !isHidden(path)).length;
  const around = commonFolder(recordings.map(({ path }) => path));
  const isAround = recordings.some(({ path }) => path.slice(around.length).includes('/'));
  const rows: string[] = [];
  const empty: string[] = [];
  const stray: string[] = [];
  const counts = new Map<string, number>();
  for (const { path, size } of recordings.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const speaker = /^([^/]+)\//.exec(isAround ? path.slice(around.length) : path)?.[1];
    if (speaker === undefined) stray.push(path);
    else if (size === 0) empty.push(path);
    else {
      const number = (counts.get(speaker) ?? 0) + 1;
      counts.set(speaker, number);
      if (number <= MOST_RECORDINGS) rows.push(`${cell(speaker)},${cell(path)}`);
    }
  }
  const beyond = [...counts].filter(([, number]) => number > MOST_RECORDINGS);
  const leftOut = [
    ...stray.map((path) => `${path}: in no folder of a speaker`),
    ...empty.map((path) => `${path}: an empty file`),
    ...beyond.map(
      ([name, number]) =>
        `${count(number - MOST_RECORDINGS, 'recording', 'recordings')} of ${name}, beyond the first ten of a speaker`,
    ),
    ...(others > 0 ? [`${count(others, 'file that is', 'files that are')} no .wav`] : []),
  ];
  return { csv: `SpeakerId,Recording\n${rows.map((row) => `${row}\n`).join('')}`, leftOut };
}

/** A path's segments, however it is written: on Windows, from where the list is, or with a disk's name before it. */
function segmentsOf(path: string): string[] {
  const segments: string[] = [];
  for (const segment of path.normalize('NFC').split(/[/\\]/)) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return segments;
}

/**
 * Finds the file that a list means, among those that were dropped with it: from where the list is; else the only one whose
 * path ends as the list has it, for a list may have been dropped beside the folder or from elsewhere.
 * @param list the list's own path
 */
export function createFileOf(
  files: readonly DroppedFile[],
  list: string,
): (path: string) => string | { message: string } {
  const byPath = new Map<string, DroppedFile>();
  const byName = new Map<string, DroppedFile[]>();
  for (const file of files) {
    const segments = segmentsOf(file.path);
    byPath.set(segments.join('/'), file);
    const name = segments.at(-1) ?? '';
    const same = byName.get(name);
    if (same === undefined) byName.set(name, [file]);
    else same.push(file);
  }
  const folder = list.slice(0, list.lastIndexOf('/') + 1);
  return (cell) => {
    const path = cell.trim();
    const asked = segmentsOf(path);
    const ending = `/${asked.join('/')}`;
    // Names may begin with a space, cells too.
    const found =
      byPath.get(segmentsOf(folder + cell).join('/')) ??
      byPath.get(segmentsOf(folder + path).join('/')) ??
      byPath.get(segmentsOf(cell).join('/'));
    const candidates = (byName.get(asked.at(-1) ?? '') ?? []).filter((file) =>
      `/${segmentsOf(file.path).join('/')}`.endsWith(ending),
    );
    const file = found ?? candidates[0];
    if (file === undefined) {
      const expected =
        files.length === 0
          ? 'expected its folder to be dropped, too, or an s3:// URI'
          : `expected one of the ${count(files.length, 'file that was', 'files that were')} dropped`;
      return { message: `Found the Recording '${path}', which is not there, ${expected}.` };
    }
    if (found === undefined && candidates.length > 1) {
      return { message: `Found the Recording '${path}' in ${candidates.length} folders, expected its folder, too.` };
    }
    if (file.size === 0) {
      return { message: `Found the Recording '${path}', an empty file, expected a .wav file with speech.` };
    }
    return file.path;
  };
}
