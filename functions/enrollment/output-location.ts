import { createHash } from 'node:crypto';

/** Where an upload's results go: everything it leaves stands under `folder`. */
export interface OutputLocation {
  bucket: string;
  /** Key prefix, without a slash at its end. */
  folder: string;
  /** The manifest's file name, under which the validated copy is kept. */
  fileName: string;
}

/**
 * Longest parts, in UTF-8 bytes. With a job id (22), the `.out` ending and the separators, every key stays below S3's
 * 1,024 bytes, and every URI, `s3://` and a bucket name of 63 included, below Voice ID's 1,024 characters.
 */
const STEM_BYTES = 660;
const FILE_NAME_BYTES = 200;
/** What `.` in Voice ID's pattern for S3 URIs does not match, and other control characters that no tool shows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f\u0085\u2028\u2029]/g;

/** Path segments that a file system, a proxy or a stricter store takes for directions. */
const DOT_SEGMENT = /(^|\/)\.{1,2}(?=\/|$)/g;

/**
 * `text` where it fits into `bytes` as it is and has no control characters and no dot segments; else its beginning
 * and its hash.
 */
function shortened(text: string, bytes: number): string {
  const clean = text.replace(CONTROL, '-').replace(DOT_SEGMENT, '$1-');
  if (clean === text && Buffer.byteLength(text) <= bytes) return text;
  const ending = `-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
  let head = '';
  let room = bytes - ending.length;
  for (const character of clean) {
    room -= Buffer.byteLength(character);
    if (room < 0) break;
    head += character;
  }
  return `${head}${ending}`;
}

/** `a/b.json` → `a/b`. */
export function stemOf(key: string): string {
  return key.replace(/\.json$/, '');
}

/**
 * The folder that is the upload's alone: its key's stem and the first 12 characters of its token, 72 bits.
 * `results/calls.json` → `results/calls/Gk3…`.
 */
export function outputLocation(resultsBucket: string, key: string, token: string): OutputLocation {
  const stem = shortened(stemOf(key), STEM_BYTES).replace(/\/+$/, '');
  const name = key.slice(key.lastIndexOf('/') + 1);
  return {
    bucket: resultsBucket,
    folder: [stem, token.slice(0, 12)].filter((part) => part !== '').join('/'),
    fileName: `${shortened(stemOf(name), FILE_NAME_BYTES)}.json`,
  };
}

/** In the place of a job's id where there was no job: no id looks like it. */
const NO_JOB = 'no-job';

/** Where an upload's ending is kept: beside its job's output file. */
export function summaryKey({ folder }: OutputLocation, jobId: string = NO_JOB): string {
  return `${folder}/${jobId}/summary.json`;
}

/** Whether `key`, of an object under the folder, is that of the ending's summary, whichever the job. */
export function isSummary(key: string, { folder }: OutputLocation): boolean {
  return /^[^/]+\/summary\.json$/.test(key.slice(folder.length + 1));
}

/** `s3://bucket/key`, as Voice ID takes it: the key raw, not URL-encoded. */
export function s3Uri(bucket: string, key: string): string {
  return `s3://${bucket}/${key}`;
}

/**
 * A name for the job that people recognise in a list: the manifest's file name as a slug and eight of the token's
 * letters, within `[a-zA-Z0-9][a-zA-Z0-9_-]*`, at most 256.
 */
export function jobName(key: string, token: string): string {
  const name = stemOf(key.slice(key.lastIndexOf('/') + 1));
  const slug = name
    .normalize('NFKD')
    .replace(/[^a-zA-Z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 200);
  return [slug === '' ? 'manifest' : slug, token.replace(/[^a-zA-Z0-9]/g, '').slice(0, 8)].join('-');
}
