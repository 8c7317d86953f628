import * as z from 'zod';
import { faultOf, lineAndColumn, measureJson, repeatedMembers } from './json-text.ts';
import { withoutSpeaker } from './without-speaker.ts';

/** A problem that keeps a manifest from becoming a job. */
export interface Problem {
  /** JSON path, of the format's own members alone, such as `SpeakerEnrollmentRequests[3].SpeakerId`; `$`: the whole file. */
  path: string;
  /** Of the request, where it has one that can be found again. Not for the event bus. */
  requestId?: string | undefined;
  /** What stands there. Not for the event bus: whatever it is, it may tell of a person. */
  found: string;
  /** The rule. It says nothing of what the file holds. */
  expected: string;
}

/** What the one who mends the manifest reads. */
export const messageOf = ({ found, expected }: Problem) => `Found ${found}, expected ${expected}.`;
/** What may go over the event bus. */
export const ruleOf = ({ expected }: Problem) => `Expected ${expected}.`;

export interface EnrollmentRequest {
  RequestId: string;
  SpeakerId: string;
  AudioSpecifications: { S3Uri: string; ChannelId: number }[];
}

export interface Manifest {
  Version: '1.0';
  SpeakerEnrollmentRequests: EnrollmentRequest[];
}

/** Problems are counted all, and listed up to `MAX_LISTED_PROBLEMS`. */
export type ManifestReading = { manifest: Manifest } | { problems: Problem[]; problemCount: number };

/** Bytes; a manifest of 10,000 requests with ten long URIs each stays below. */
export const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;
export const MAX_REQUESTS = 10_000;
/** What one manifest of the largest size and all its requests broken comes to, and no more than memory bears. */
export const MAX_LISTED_PROBLEMS = 100_000;
/** A manifest nests five deep; unknown members may go deeper, but `JSON.parse` recurses. */
const MAX_DEPTH = 32;
/** 10,000 requests of ten recordings have 330,000. Parsed and checked, a value may cost 500 bytes. */
const MAX_VALUES = 1_000_000;
const MEMBERS = new Set([
  'Version',
  'SpeakerEnrollmentRequests',
  'RequestId',
  'SpeakerId',
  'AudioSpecifications',
  'S3Uri',
  'ChannelId',
]);

const version = z.literal('1.0');
const requestId = z.string().min(1);
const speakerId = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,255}$/);
const recordingUri = z
  .string()
  .max(1024)
  .regex(/^s3:\/\/[a-z0-9][.\-a-z0-9]{1,61}[a-z0-9]\/.*[^/]\.[wW][aA][vV]$/);
const channelId = z.union([z.literal(0), z.literal(1)]);

const EXPECTED = {
  manifest: 'an object with Version and SpeakerEnrollmentRequests',
  version: 'the string "1.0"',
  requests: `a list of 1 to ${MAX_REQUESTS} requests`,
  request: 'an object with RequestId, SpeakerId and AudioSpecifications',
  requestId: 'a string that is not empty, unique in the file',
  speakerId:
    'a CustomerSpeakerId: 1 to 256 of A-Z, a-z, 0-9, _ and -, beginning with a letter or digit (a generated id#… is not accepted)',
  recordings: 'a list of 1 to 10 recordings',
  recording: 'an object with S3Uri and ChannelId',
  s3Uri: 'the URI of a .wav file of at most 1024 characters, such as s3://bucket/call.wav',
  channelId: 'the number 0 or 1',
};

/** What was found, for a message: strings quoted and cut. */
export function found(value: unknown): string {
  if (typeof value !== 'string') return foundUnquoted(value);
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
}

/** What was found where it may be a speaker id, which is personal data: a string's length, never itself. */
function foundUnquoted(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return value === '' ? 'an empty string' : `a string of ${value.length} characters`;
  return `a ${typeof value}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** UTF-16 with or without a byte order mark: JSON's first two characters are ASCII (RFC 4627, section 3). */
function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  return bytes.length >= 2 && (first === 0) !== (second === 0);
}

type Json = { text: string; value: unknown } | { problem: Omit<Problem, 'path'> };

function parseText(text: string): Json {
  const { depth, values } = measureJson(text);
  if (depth > MAX_DEPTH) {
    const expected = `a manifest, which nests 5 deep, and nothing beyond ${MAX_DEPTH}`;
    return { problem: { found: `JSON that nests ${depth} deep`, expected } };
  }
  if (values > MAX_VALUES) {
    const expected = `${EXPECTED.requests}: split the manifest`;
    return { problem: { found: `JSON of more than ${MAX_VALUES} values`, expected } };
  }
  try {
    return { text, value: JSON.parse(text) };
  } catch {
    // V8 quotes the text around the fault, which may be a speaker id, and does not always say where it is.
    const { line, column } = lineAndColumn(text, faultOf(text) ?? text.length);
    return {
      problem: { found: `text that is not JSON, from line ${line}, column ${column}`, expected: 'a JSON manifest' },
    };
  }
}

function parse(bytes: Uint8Array): Json {
  if (bytes.length === 0) return { problem: { found: 'an empty file', expected: 'a JSON manifest' } };
  if (isUtf16(bytes)) return { problem: { found: 'UTF-16 text', expected: 'UTF-8: save the manifest as UTF-8' } };
  let text: string;
  try {
    // A byte order mark is skipped by the decoder.
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { problem: { found: 'bytes that are not UTF-8 text', expected: 'UTF-8: save the manifest as UTF-8' } };
  }
  return parseText(text);
}

type Tell = (path: string, found: string, expected: string) => void;
/** The same, of one request. */
type TellOf = (path: string, found: string, expected: string, requestId?: string) => void;

function checkRecording(value: unknown, path: string, speaker: string | undefined, tell: Tell) {
  if (!isObject(value)) {
    tell(path, foundUnquoted(value), EXPECTED.recording);
    return undefined;
  }
  const uri = recordingUri.safeParse(value.S3Uri);
  if (!uri.success) {
    const quoted = typeof value.S3Uri === 'string' ? withoutSpeaker(value.S3Uri, speaker) : value.S3Uri;
    tell(`${path}.S3Uri`, found(quoted), EXPECTED.s3Uri);
  }
  const channel = channelId.safeParse(value.ChannelId);
  if (!channel.success) {
    const what = typeof value.ChannelId === 'number' ? `the number ${value.ChannelId}` : foundUnquoted(value.ChannelId);
    tell(`${path}.ChannelId`, what, EXPECTED.channelId);
  }
  return uri.success && channel.success ? { S3Uri: uri.data, ChannelId: channel.data } : undefined;
}

function checkRequest(value: unknown, path: string, requestPathOf: Map<string, string>, tellOf: TellOf) {
  if (!isObject(value)) {
    tellOf(path, foundUnquoted(value), EXPECTED.request);
    return undefined;
  }
  // Whatever stands there as the speaker's id is kept out of the other members' messages, too.
  const given = typeof value.SpeakerId === 'string' ? value.SpeakerId : undefined;
  const id = requestId.safeParse(value.RequestId);
  const tell: Tell = (where, found, expected) => tellOf(where, found, expected, id.data);
  if (id.success) {
    const earlier = requestPathOf.get(id.data);
    if (earlier === undefined) requestPathOf.set(id.data, path);
    else {
      const what = `${found(withoutSpeaker(id.data, given))}, which ${earlier} has already`;
      tell(`${path}.RequestId`, what, EXPECTED.requestId);
    }
  } else tell(`${path}.RequestId`, foundUnquoted(value.RequestId), EXPECTED.requestId);

  const speaker = speakerId.safeParse(value.SpeakerId);
  if (!speaker.success) tell(`${path}.SpeakerId`, foundUnquoted(value.SpeakerId), EXPECTED.speakerId);

  const listed = value.AudioSpecifications;
  if (!Array.isArray(listed) || listed.length < 1 || listed.length > 10) {
    tell(`${path}.AudioSpecifications`, foundUnquoted(listed), EXPECTED.recordings);
  }
  const recordings = (Array.isArray(listed) ? listed : []).flatMap(
    (recording, index) => checkRecording(recording, `${path}.AudioSpecifications[${index}]`, given, tell) ?? [],
  );
  return id.success && speaker.success
    ? { RequestId: id.data, SpeakerId: speaker.data, AudioSpecifications: recordings }
    : undefined;
}

function checkManifest(value: unknown, tell: TellOf): Manifest {
  const manifest: Manifest = { Version: '1.0', SpeakerEnrollmentRequests: [] };
  if (!isObject(value)) {
    tell('$', foundUnquoted(value), EXPECTED.manifest);
    return manifest;
  }
  if (!version.safeParse(value.Version).success) tell('Version', found(value.Version), EXPECTED.version);
  const requests = value.SpeakerEnrollmentRequests;
  if (!Array.isArray(requests) || requests.length < 1) {
    tell('SpeakerEnrollmentRequests', foundUnquoted(requests), EXPECTED.requests);
    return manifest;
  }
  if (requests.length > MAX_REQUESTS) {
    const advice = `${EXPECTED.requests}: split the manifest into ${Math.ceil(requests.length / MAX_REQUESTS)} files or more`;
    tell('SpeakerEnrollmentRequests', foundUnquoted(requests), advice);
  }
  const requestPathOf = new Map<string, string>();
  requests.forEach((request: unknown, index) => {
    const checked = checkRequest(request, `SpeakerEnrollmentRequests[${index}]`, requestPathOf, tell);
    if (checked !== undefined) manifest.SpeakerEnrollmentRequests.push(checked);
  });
  return manifest;
}

/** `['SpeakerEnrollmentRequests', 3, 'SpeakerId']` → `SpeakerEnrollmentRequests[3].SpeakerId`. */
function jsonPath(path: readonly (string | number)[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  return text.replace(/^\./, '');
}

/** The problem of a manifest of so many bytes, more than are read. */
export function sizeProblem(bytes: number): Problem {
  const expected = `at most ${MAX_MANIFEST_BYTES} bytes: split the manifest`;
  return { path: '$', found: `a file of ${bytes} bytes`, expected };
}

/**
 * Reads an enrollment manifest: UTF-8 JSON, every rule of the format checked, every problem told of. Members that the
 * format does not know are ignored, and are not in the manifest that comes back. Checked piece by piece and not by one
 * schema, so that a hostile file costs no more memory than its parsed JSON and 100,000 problems.
 */
export function readManifest(bytes: Uint8Array): ManifestReading {
  const problems: Problem[] = [];
  let problemCount = 0;
  const tell: TellOf = (path, found, expected, requestId) => {
    problemCount++;
    if (problems.length >= MAX_LISTED_PROBLEMS) return;
    problems.push({ path, ...(requestId !== undefined && { requestId }), found, expected });
  };
  const json = parse(bytes);
  if ('problem' in json) {
    tell('$', json.problem.found, json.problem.expected);
    return { problems, problemCount };
  }
  for (const path of repeatedMembers(json.text, MEMBERS)) {
    tell(jsonPath(path), 'the member again', 'each member once');
  }
  const manifest = checkManifest(json.value, tell);
  return problemCount > 0 ? { problems, problemCount } : { manifest };
}
