import { createFileOf, type DroppedFile, listOfFolder } from '../../clients/manifest/dropped.ts';
import { readCsvList } from '../../clients/manifest/from-csv.ts';
import type { ListedRecording, ListProblem } from '../../clients/manifest/list.ts';
import { placesOf, spansOrParents } from '../../clients/manifest/places.ts';
import { manifestsOf, requestsOf } from '../../clients/manifest/requests.ts';
import { faultOf } from '../../functions/enrollment/json-text.ts';
import {
  MAX_MANIFEST_BYTES,
  type Manifest,
  messageOf,
  type Problem,
  readManifest,
  sizeProblem,
} from '../../functions/enrollment/manifest.ts';

/** What somebody has dropped, as far as it has to be looked at here: recordings stay in the browser. */
export interface Dropped {
  kind: 'manifest' | 'list' | 'folder';
  /** Of the file with the text: its path from what was dropped. */
  path: string;
  /** The text; undefined for a folder that is looked at for the first time. */
  bytes: Uint8Array | undefined;
  files: readonly DroppedFile[];
  /** Where the caller is on recordings of which the list does not say it. */
  channelId: 0 | 1;
  /** Where recordings go. The folder ends in a slash. */
  recordings: { bucket: string; folder: string };
}

/** A problem where it is in the text. */
export interface PlacedProblem {
  /** As in `line 3, column 12`; undefined for what is nowhere in particular. */
  place: { line: number; column: number; from: number; to: number } | undefined;
  /** JSON path, in a manifest. */
  path: string | undefined;
  message: string;
  /** The line that it is in, cut, in three: before it, itself, after it. */
  excerpt: readonly [string, string, string] | undefined;
}

export interface Checked {
  /** All are counted, the first are listed. */
  problems: PlacedProblem[];
  problemCount: number;
  /** Of a folder: what is no part of the list, and why. */
  leftOut: string[];
  /** Undefined where the bytes are no text that could be mended here. */
  text: string | undefined;
  requests: number;
  recordings: number;
  /** What has to be in the recordings bucket before a manifest is sent: an index into the files, and its key. */
  uploads: { file: number; key: string }[];
  /** Ready to be sent, where there are no problems. */
  manifests: Uint8Array[];
}

/** How many problems are shown: whoever has more mends these first. */
const SHOWN = 100;
/** Characters of a line that are shown before a problem, of itself, and after it. */
const BEFORE = 24;
const ITSELF = 96;
const AFTER = 48;

const FORMAT = new TextDecoder('utf-8', { fatal: true });

/** A text that can be changed on a page: UTF-8, and not UTF-16 without a mark, which is UTF-8 full of NULs. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    const text = FORMAT.decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

function excerptOf(text: string, from: number, to: number): PlacedProblem['excerpt'] {
  const begin = Math.max(from - BEFORE, 0);
  const before = text.slice(begin, from).split(/[\r\n]/);
  const [itself = ''] = text.slice(from, Math.min(to, from + ITSELF)).split(/[\r\n]/, 1);
  const [after = ''] = text.slice(from + itself.length, from + itself.length + AFTER).split(/[\r\n]/, 1);
  const cutBefore = before.length === 1 && begin > 0 ? '…' : '';
  const cutAfter = after.length === AFTER ? '…' : '';
  return [`${cutBefore}${before.at(-1) ?? ''}`, itself, `${after}${cutAfter}`];
}

interface Unplaced {
  span: readonly [number, number] | undefined;
  path?: string;
  message: string;
}

function placed(text: string, problems: readonly Unplaced[]): PlacedProblem[] {
  const known = problems.filter(({ span }) => span !== undefined);
  const places = placesOf(
    text,
    known.map(({ span }) => span ?? [0, 0]),
  );
  const placeOf = new Map(known.map((problem, index) => [problem, places[index]]));
  return problems.map((problem) => {
    const place = placeOf.get(problem);
    return {
      place,
      path: problem.path,
      message: problem.message,
      excerpt: place && excerptOf(text, place.from, place.to),
    };
  });
}

/** In a manifest, with its text where it is text. */
function placeInManifest(text: string | undefined, problems: readonly Problem[]): PlacedProblem[] {
  const told = problems.slice(0, SHOWN).map((problem) => ({ path: problem.path, message: messageOf(problem) }));
  if (text === undefined || text.trim() === '')
    return placed(
      '',
      told.map((each) => ({ ...each, span: undefined })),
    );
  const fault = faultOf(text);
  if (fault !== undefined)
    return placed(
      text,
      told.map((each) => ({ ...each, span: [fault, fault + 1] })),
    );
  const spans = spansOrParents(
    text,
    told.map(({ path }) => path),
  );
  return placed(
    text,
    told.map((each, index) => ({ ...each, span: spans[index] })),
  );
}

const NOTHING: Omit<Checked, 'problems' | 'problemCount' | 'text'> = {
  leftOut: [],
  requests: 0,
  recordings: 0,
  uploads: [],
  manifests: [],
};

const one = (message: string): Pick<Checked, 'problems' | 'problemCount'> => ({
  problems: [{ place: undefined, path: undefined, message, excerpt: undefined }],
  problemCount: 1,
});

const recordingsOf = ({ SpeakerEnrollmentRequests: requests }: Manifest) =>
  requests.reduce((sum, { AudioSpecifications }) => sum + AudioSpecifications.length, 0);

function checkManifest(bytes: Uint8Array): Checked {
  if (bytes.length > MAX_MANIFEST_BYTES) {
    return { ...NOTHING, ...one(messageOf(sizeProblem(bytes.length))), text: undefined };
  }
  const reading = readManifest(bytes);
  const text = decode(bytes);
  if ('problems' in reading) {
    const { problems, problemCount } = reading;
    return { ...NOTHING, problems: placeInManifest(text, problems), problemCount, text };
  }
  return {
    ...NOTHING,
    problems: [],
    problemCount: 0,
    text,
    requests: reading.manifest.SpeakerEnrollmentRequests.length,
    recordings: recordingsOf(reading.manifest),
    manifests: [bytes],
  };
}

/** The recordings' URIs in place of the paths of files, and the keys of those files. */
function withUris(
  recordings: readonly ListedRecording[],
  { files, recordings: { bucket, folder } }: Dropped,
): { listed: ListedRecording[]; uploads: { file: number; key: string }[] } {
  const indices = new Map(files.map(({ path }, index) => [path, index]));
  const used = [...new Set(recordings.map(({ recording }) => recording))].filter((path) => indices.has(path));
  const keyOf = new Map(used.map((path) => [path, `${folder}${path}`]));
  return {
    listed: recordings.map((each) => {
      const key = keyOf.get(each.recording);
      return key === undefined ? each : { ...each, recording: `s3://${bucket}/${key}` };
    }),
    uploads: [...keyOf].map(([path, key]) => ({ file: indices.get(path) ?? 0, key })),
  };
}

function checkList(bytes: Uint8Array, dropped: Dropped): Checked {
  const leftOut = dropped.kind === 'folder' ? listOfFolder(dropped.files).leftOut : [];
  if (bytes.length > MAX_MANIFEST_BYTES) {
    return { ...NOTHING, ...one(messageOf(sizeProblem(bytes.length))), text: undefined };
  }
  const text = decode(bytes);
  if (text === undefined) {
    const message = 'Found bytes that are not UTF-8 text, expected UTF-8: save the list as CSV UTF-8.';
    return { ...NOTHING, ...one(message), text };
  }
  const refuse = (problems: readonly ListProblem[]): Checked => ({
    ...NOTHING,
    leftOut,
    problems: placed(
      text,
      problems.slice(0, SHOWN).map(({ span, message }) => ({ span, message })),
    ),
    problemCount: problems.length,
    text,
  });
  const fileOf = createFileOf(dropped.files, dropped.kind === 'folder' ? '' : dropped.path);
  const list = readCsvList(text, fileOf, dropped.channelId);
  if ('problems' in list) return refuse(list.problems);
  const { listed, uploads } = withUris(list.recordings, dropped);
  const made = requestsOf(listed);
  if ('problems' in made) return refuse(made.problems);
  const manifests = manifestsOf(made.requests).map((manifest) => Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`));
  for (const manifest of manifests) {
    const reading = readManifest(manifest);
    if ('manifest' in reading) continue;
    // What no list has: a URI that is too long, or a bucket that can't be one.
    const problems = reading.problems.slice(0, SHOWN).map((each) => ({
      span: undefined,
      path: each.path,
      message: messageOf(each),
    }));
    return { ...NOTHING, leftOut, problems: placed(text, problems), problemCount: reading.problemCount, text };
  }
  return {
    problems: [],
    problemCount: 0,
    leftOut,
    text,
    requests: made.requests.length,
    recordings: listed.length,
    uploads,
    manifests,
  };
}

/** Looks at what was dropped by the rules of the function that will read it: its problems, or what is to be sent. */
export function check(dropped: Dropped): Checked {
  const { kind, files } = dropped;
  if (kind === 'manifest') return checkManifest(dropped.bytes ?? new Uint8Array());
  if (dropped.bytes !== undefined) return checkList(dropped.bytes, dropped);
  const { csv, leftOut } = listOfFolder(files);
  if (csv.split('\n').length > 2) return checkList(Buffer.from(csv), dropped);
  const message = 'Found no recording in a folder of a speaker, expected a folder for each speaker with .wav files.';
  return { ...NOTHING, ...one(message), leftOut, text: undefined };
}
