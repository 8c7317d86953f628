import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { DescribeSpeakerEnrollmentJobCommand, type VoiceIDClient } from '@aws-sdk/client-voice-id';
import { z } from 'zod';
import { CommandError } from './errors.ts';

const schema = z.object({
  Errors: z.array(z.object({ RequestId: z.string(), ErrorCode: z.number(), ErrorMessage: z.string() })),
  SuccessfulEnrollments: z.array(z.object({ RequestId: z.string(), EnrollmentStatus: z.string() })),
  SameVoice: z
    .array(z.object({ RequestIds: z.array(z.string()), GeneratedSpeakerIds: z.array(z.string()).default([]) }))
    .default([]),
});

export interface OutcomeRow {
  requestId: string;
  outcome: string;
  message: string;
}

export interface Outcome {
  s3Uri: string;
  rows: OutcomeRow[];
  /** Requests, and speakers enrolled before by their generated ids, that have one voice: a list for each voice. */
  sameVoice: string[][];
}

/** A job's output file: where it is, and each request's outcome, successes first. */
export async function readOutcome(
  job: { DomainId: string; JobId: string },
  clients: { voiceId: VoiceIDClient; s3: S3Client },
): Promise<Outcome> {
  const { Job } = await clients.voiceId.send(new DescribeSpeakerEnrollmentJobCommand(job));
  const input = Job?.InputDataConfig?.S3Uri ?? '';
  const s3Uri = `${Job?.OutputDataConfig?.S3Uri?.replace(/\/+$/, '')}/${job.JobId}/${input.slice(input.lastIndexOf('/') + 1)}.out`;
  const [, Bucket = '', Key = ''] = /^s3:\/\/([^/]+)\/(.*)$/s.exec(s3Uri) ?? [];
  let text: string;
  try {
    text = (await (await clients.s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString()) ?? '';
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') {
      throw new CommandError(`The job is ${Job?.JobStatus} and has no output file yet at ${s3Uri}.`);
    }
    throw error;
  }
  const output = schema.parse(JSON.parse(text));
  return {
    s3Uri,
    rows: [
      ...output.SuccessfulEnrollments.map((row) => ({
        requestId: row.RequestId,
        outcome: row.EnrollmentStatus,
        message: '',
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
