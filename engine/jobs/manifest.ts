import * as z from 'zod';
import type { JobKind } from '../store/jobs.ts';

const audio = z
  .array(z.object({ S3Uri: z.string().min(1).max(1024), ChannelId: z.number().int().min(0).max(1) }))
  .min(1)
  .max(10);
const requestId = z.string().min(1).max(256);

const enrollmentRequest = z.object({
  RequestId: requestId,
  SpeakerId: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,255}$/),
  AudioSpecifications: audio,
});
const registrationRequest = z.object({ RequestId: requestId, AudioSpecifications: audio });

export type EnrollmentRequest = z.infer<typeof enrollmentRequest>;
export type RegistrationRequest = z.infer<typeof registrationRequest>;
export type AudioSpecification = EnrollmentRequest['AudioSpecifications'][number];

/** Bytes; a manifest of 10,000 requests with ten long URIs each stays below. */
export const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;
/** 10,000 requests of ten recordings have 330,000. Parsed and checked, a value may cost 500 bytes. */
const MOST_VALUES = 1_000_000;
const MOST = { ENROLLMENT: 10_000, REGISTRATION: 500 } as const;

const enrollmentManifest = z.object({
  Version: z.literal('1.0'),
  SpeakerEnrollmentRequests: z.array(enrollmentRequest).min(1).max(MOST.ENROLLMENT),
});
const registrationManifest = z.object({
  Version: z.literal('1.0'),
  FraudsterRegistrationRequests: z.array(registrationRequest).min(1).max(MOST.REGISTRATION),
});

/** A job's input that can't be read as a manifest: the whole job fails. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}

/** Objects, lists and commas outside of strings: as many values as JSON text can have, or more. */
function countValues(bytes: Uint8Array): number {
  let values = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === 0x22) {
      at++;
      while (at < bytes.length && bytes[at] !== 0x22) at += bytes[at] === 0x5c ? 2 : 1;
    } else if (byte === 0x7b || byte === 0x5b || byte === 0x2c) values++;
  }
  return values;
}

function parse<T>(schema: z.ZodType<T>, bytes: Uint8Array): T {
  if (countValues(bytes) > MOST_VALUES)
    throw new ManifestError(`The input file has more than ${MOST_VALUES} values: split the manifest.`);
  let value: unknown;
  try {
    // Skips a byte order mark.
    value = JSON.parse(new TextDecoder('utf-8').decode(bytes));
  } catch (cause) {
    throw new ManifestError('The input file is not JSON.', { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ManifestError(
    `The input file is no manifest: at ${issue?.path.join('.') || 'the top'}: ${issue?.message}.`,
  );
}

function unique<T extends { RequestId: string }>(requests: T[]): T[] {
  const seen = new Set<string>();
  requests.forEach(({ RequestId }, index) => {
    if (seen.has(RequestId)) throw new ManifestError(`The RequestId of request ${index} is not unique in the file.`);
    seen.add(RequestId);
  });
  return requests;
}

/** The requests of a manifest. @throws ManifestError */
export function readRequests(kind: 'ENROLLMENT', bytes: Uint8Array): EnrollmentRequest[];
export function readRequests(kind: 'REGISTRATION', bytes: Uint8Array): RegistrationRequest[];
export function readRequests(kind: JobKind, bytes: Uint8Array): EnrollmentRequest[] | RegistrationRequest[] {
  return kind === 'ENROLLMENT'
    ? unique(parse(enrollmentManifest, bytes).SpeakerEnrollmentRequests)
    : unique(parse(registrationManifest, bytes).FraudsterRegistrationRequests);
}
