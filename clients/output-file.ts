import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import {
  DescribeSpeakerEnrollmentJobCommand,
  type SpeakerEnrollmentJob,
  type VoiceIDClient,
} from '@aws-sdk/client-voice-id';
import { z } from 'zod';
import type { Failure } from './causes.ts';
import { CommandError } from './errors.ts';
import { locationIn } from './s3-uri.ts';

const schema = z.object({
  Errors: z.array(z.object({ RequestId: z.string(), ErrorCode: z.number(), ErrorMessage: z.string() })),
  SuccessfulEnrollments: z.array(
    z.object({ RequestId: z.string(), EnrollmentStatus: z.string(), GeneratedSpeakerId: z.string().optional() }),
  ),
  SameVoice: z
    .array(z.object({ RequestIds: z.array(z.string()), GeneratedSpeakerIds: z.array(z.string()).default([]) }))
    .default([]),
});

export interface OutcomeRow {
  requestId: string;
  outcome: string;
  message: string;
  /** Whom the request has enrolled, where the engine says so. */
  generatedSpeakerId?: string | undefined;
}

export interface Outcome {
  s3Uri: string;
  rows: OutcomeRow[];
  /** Requests, and speakers enrolled before by their generated ids, that have one voice: a list for each voice. */
  sameVoice: string[][];
}

/** Where a job's output file is, or will be. */
export function outputUri({ JobId, InputDataConfig, OutputDataConfig }: SpeakerEnrollmentJob): string {
  const input = InputDataConfig?.S3Uri ?? '';
  return `${OutputDataConfig?.S3Uri?.replace(/\/+$/, '')}/${JobId}/${input.slice(input.lastIndexOf('/') + 1)}.out`;
}

/** A JSON file in a bucket; undefined where it is not there. */
export async function readJsonObject(s3Uri: string, s3: S3Client): Promise<unknown> {
  try {
    const { Body } = await s3.send(new GetObjectCommand(locationIn(s3Uri)));
    return JSON.parse((await Body?.transformToString()) ?? '');
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
    if (error instanceof SyntaxError) throw new CommandError(`Found no JSON at ${s3Uri} (${error.message}).`);
    throw error;
  }
}

/** What a job's output file has: each request's outcome, successes first. Undefined where there is no such file. */
export async function readOutputOf(job: SpeakerEnrollmentJob, s3: S3Client): Promise<Outcome | undefined> {
  const s3Uri = outputUri(job);
  const read = await readJsonObject(s3Uri, s3);
  return read === undefined ? undefined : outcomeOf(s3Uri, read);
}

/** A job's output file: where it is, and each request's outcome. @throws CommandError where there is none yet. */
export async function readOutcome(
  job: { DomainId: string; JobId: string },
  clients: { voiceId: VoiceIDClient; s3: S3Client },
): Promise<Outcome> {
  const { Job = {} } = await clients.voiceId.send(new DescribeSpeakerEnrollmentJobCommand(job));
  const outcome = await readOutputOf(Job, clients.s3);
  if (outcome !== undefined) return outcome;
  throw new CommandError(`The job is ${Job.JobStatus} and has no output file yet at ${outputUri(Job)}.`);
}

function outcomeOf(s3Uri: string, read: unknown): Outcome {
  const output = schema.parse(read);
  return {
    s3Uri,
    rows: [
      ...output.SuccessfulEnrollments.map((row) => ({
        requestId: row.RequestId,
        outcome: row.EnrollmentStatus,
        message: '',
        generatedSpeakerId: row.GeneratedSpeakerId,
      })),
      ...output.Errors.map((row) => ({
        requestId: row.RequestId,
        outcome: String(row.ErrorCode),
        message: row.ErrorMessage,
      })),
    ],
    sameVoice: output.SameVoice.map(({ RequestIds, GeneratedSpeakerIds }) => [...RequestIds, ...GeneratedSpeakerIds]),
  };
}

/** How many requests ended how, the most frequent first. */
export function totals(rows: readonly OutcomeRow[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const { outcome } of rows) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}

/** The requests that failed: those whose outcome is an error's code. */
export const failuresOf = (rows: readonly OutcomeRow[]): Failure[] =>
  rows.filter(isFailure).map(({ requestId, outcome, message }) => ({ requestId, errorCode: Number(outcome), message }));

export const isFailure = ({ outcome }: Pick<OutcomeRow, 'outcome'>) => /^\d+$/.test(outcome);
