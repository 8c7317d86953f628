import { z } from 'zod';
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

function parse<T>(schema: z.ZodType<T>, text: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
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
  // Skips a byte order mark.
  const text = new TextDecoder('utf-8').decode(bytes);
  return kind === 'ENROLLMENT'
    ? unique(parse(enrollmentManifest, text).SpeakerEnrollmentRequests)
    : unique(parse(registrationManifest, text).FraudsterRegistrationRequests);
}
