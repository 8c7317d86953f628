import { z } from 'zod';

/** A problem that keeps a manifest from becoming a job: where, what was found, what was expected. */
export interface Problem {
  /** JSON path, such as `SpeakerEnrollmentRequests[3].SpeakerId`; `$` for the file as a whole. */
  path: string;
  message: string;
}

export interface EnrollmentRequest {
  RequestId: string;
  SpeakerId: string;
  AudioSpecifications: { S3Uri: string; ChannelId: number }[];
}

export interface Manifest {
  Version: '1.0';
  SpeakerEnrollmentRequests: EnrollmentRequest[];
}

export type ManifestReading = { manifest: Manifest; text: string } | { problems: Problem[] };

/** Bytes; a manifest of 10,000 requests with ten long URIs each stays below. */
export const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;
export const MAX_REQUESTS = 10_000;
/** A manifest nests five deep; what goes beyond this is none. */
const MAX_DEPTH = 32;

/** What was found, for a message: values quoted and cut, never in full length. */
export function found(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  }
  return `the ${typeof value} ${String(value)}`;
}

/** The same for a speaker id, which is personal data: its type and length, never itself. */
function foundUnquoted(value: unknown): string {
  return typeof value === 'string' ? `a string of ${value.length} characters` : `a value of type ${typeof value}`;
}

type Describe = (value: unknown) => string;

/** A schema's error message: what was found and what was expected. */
const expected = (what: string, describe: Describe = found) => ({
  error: (issue: { readonly input?: unknown }) =>
    `Found ${issue.input === undefined ? 'nothing' : describe(issue.input)}, expected ${what}.`,
});

const REQUEST_ID = 'a string of 1 to 256 characters, unique in the file';
const SPEAKER_ID =
  'a CustomerSpeakerId: 1 to 256 of A-Z, a-z, 0-9, _ and -, beginning with a letter or digit (a generated id#… is not accepted)';
const S3_URI = 'the URI of a .wav file of at most 1024 characters, such as s3://bucket/call.wav';
const CHANNEL = 'the number 0 or 1';

const audioSpecification = z.object(
  {
    S3Uri: z
      .string(expected(S3_URI))
      .max(1024, expected(S3_URI))
      .regex(/^s3:\/\/[a-z0-9][.\-a-z0-9]{1,61}[a-z0-9]\/.*[^/]\.[wW][aA][vV]$/, expected(S3_URI)),
    ChannelId: z.union([z.literal(0), z.literal(1)], expected(CHANNEL)),
  },
  expected('an object with S3Uri and ChannelId'),
);

const enrollmentRequest = z.object(
  {
    RequestId: z.string(expected(REQUEST_ID)).min(1, expected(REQUEST_ID)).max(256, expected(REQUEST_ID)),
    SpeakerId: z
      .string(expected(SPEAKER_ID, foundUnquoted))
      .regex(/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,255}$/, expected(SPEAKER_ID, foundUnquoted)),
    AudioSpecifications: z
      .array(audioSpecification, expected('a list of 1 to 10 recordings'))
      .min(1, expected('a list of 1 to 10 recordings'))
      .max(10, expected('a list of 1 to 10 recordings')),
  },
  expected('an object with RequestId, SpeakerId and AudioSpecifications'),
);

const requests = `a list of 1 to ${MAX_REQUESTS} requests`;
const manifestSchema = z.object(
  {
    Version: z.literal('1.0', expected('the string "1.0"')),
    SpeakerEnrollmentRequests: z
      .array(enrollmentRequest, expected(requests))
      .min(1, expected(requests))
      .max(MAX_REQUESTS, expected(`${requests}: split the manifest into files of at most ${MAX_REQUESTS} requests`)),
  },
  expected('an object with Version and SpeakerEnrollmentRequests'),
);

/** `['SpeakerEnrollmentRequests', 3, 'SpeakerId']` → `SpeakerEnrollmentRequests[3].SpeakerId`. */
function jsonPath(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return text === '' ? '$' : text.replace(/^\./, '');
}

/** Depth of nesting of JSON text, strings skipped; stops counting past `limit`. */
function nestsDeeperThan(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === 0x5c) at++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > limit) return true;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return false;
}

/** UTF-16 with or without a byte order mark: JSON's first two characters are ASCII (RFC 4627, section 3). */
function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  return bytes.length >= 2 && (first === 0) !== (second === 0);
}

function decode(bytes: Uint8Array): { text: string } | { problem: string } {
  if (bytes.length === 0) return { problem: 'Found an empty file, expected a JSON manifest.' };
  if (isUtf16(bytes)) return { problem: 'Found UTF-16 text, expected UTF-8: save the manifest as UTF-8.' };
  try {
    // A byte order mark is skipped by the decoder.
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { problem: 'Found bytes that are not UTF-8 text, expected UTF-8: save the manifest as UTF-8.' };
  }
}

function parseJson(text: string): { value: unknown } | { problem: string } {
  if (nestsDeeperThan(text, MAX_DEPTH)) {
    return {
      problem: `Found JSON that nests more than ${MAX_DEPTH} deep, expected a manifest, which nests five deep.`,
    };
  }
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    // V8 quotes the text around the fault, which may be a speaker id: only its position is kept.
    const at = /position \d+(?: \(line \d+ column \d+\))?/.exec(String(error))?.[0];
    return {
      problem: `Found text that is not JSON${at === undefined ? '' : ` (at ${at})`}, expected a JSON manifest.`,
    };
  }
}

function duplicates(manifest: Manifest): Problem[] {
  const first = new Map<string, number>();
  const problems: Problem[] = [];
  manifest.SpeakerEnrollmentRequests.forEach(({ RequestId }, index) => {
    const earlier = first.get(RequestId);
    if (earlier === undefined) first.set(RequestId, index);
    else {
      problems.push({
        path: `SpeakerEnrollmentRequests[${index}].RequestId`,
        message: `Found ${found(RequestId)}, which SpeakerEnrollmentRequests[${earlier}] has already, expected ${REQUEST_ID}.`,
      });
    }
  });
  return problems;
}

/** The problem of a manifest that is too large to be read, if it is. */
export function sizeProblem(bytes: number): Problem | undefined {
  if (bytes <= MAX_MANIFEST_BYTES) return undefined;
  return {
    path: '$',
    message: `Found a file of ${bytes} bytes, expected at most ${MAX_MANIFEST_BYTES}: split the manifest.`,
  };
}

/**
 * Reads an enrollment manifest: UTF-8 JSON, every rule of the format checked, every problem listed. Members that the
 * format does not know are ignored.
 * @returns the manifest with its text (without byte order mark), or its problems.
 */
export function readManifest(bytes: Uint8Array): ManifestReading {
  const decoded = decode(bytes);
  if ('problem' in decoded) return { problems: [{ path: '$', message: decoded.problem }] };
  const json = parseJson(decoded.text);
  if ('problem' in json) return { problems: [{ path: '$', message: json.problem }] };
  const parsed = manifestSchema.safeParse(json.value);
  if (!parsed.success) {
    const problems = new Map<string, Problem>();
    for (const issue of parsed.error.issues) {
      const path = jsonPath(issue.path);
      if (!problems.has(path)) problems.set(path, { path, message: issue.message });
    }
    return { problems: [...problems.values()] };
  }
  const repeated = duplicates(parsed.data);
  return repeated.length > 0 ? { problems: repeated } : { manifest: parsed.data, text: decoded.text };
}
