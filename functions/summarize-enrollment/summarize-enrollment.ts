import type { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import {
  type EventDetail,
  endingDetail,
  outputFileSchema,
  type Results,
  retryManifest,
  sameVoice,
} from '../enrollment/ending.ts';
import { executionSchema } from '../enrollment/execution.ts';
import { MAX_MANIFEST_BYTES, readManifest } from '../enrollment/manifest.ts';
import { s3Uri, summaryKey } from '../enrollment/output-location.ts';
import { readObject, writeJson } from '../enrollment/stored-object.ts';

export const inputSchema = z.object({
  execution: executionSchema.required({ outcome: true }),
  executionArn: z.string(),
});

export interface Ending {
  detailType: string;
  detail: EventDetail;
}

/** Bytes: 10,000 rows with a message of 6 KB each. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
/** What S3 answers where there is no such object, or this role may not see it. */
const ABSENT = new Set(['NoSuchKey', 'NotFound', 'AccessDenied', 'NoSuchBucket']);

async function read(s3: S3Client, bucket: string, key: string, limit: number): Promise<Uint8Array | undefined> {
  try {
    return (await readObject(s3, { Bucket: bucket, Key: key }, limit)).bytes ?? new Uint8Array();
  } catch (error) {
    if (error instanceof Error && ABSENT.has(error.name)) return undefined;
    throw error;
  }
}

function parseOutput(bytes: Uint8Array) {
  try {
    return outputFileSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data;
  } catch {
    return undefined;
  }
}

/**
 * What an ending leaves: beside the job's `.out` file `summary.json` (the event's detail, and which requests have one
 * voice), by which a much later delivery of the upload sees that it has ended, and `retry.json` where requests failed. An output file that is missing or can't be read is said in the event, not fatal.
 * @returns the event that tells of the ending.
 */
export async function summarizeEnrollment(
  { execution, executionArn }: z.infer<typeof inputSchema>,
  deps: { s3: S3Client; now: () => Date },
): Promise<Ending> {
  const { s3 } = deps;
  const { job, outcome } = execution;
  const { bucket, folder, fileName } = execution.output;
  const results: Results = {
    executionArn,
    uris: { ...(outcome.rejectedS3Uri !== undefined && { rejectedS3Uri: outcome.rejectedS3Uri }) },
  };
  const ending = (): Ending => ({
    detailType: outcome.detailType,
    detail: endingDetail(execution, outcome, results, deps.now()),
  });
  const key = summaryKey(execution.output, job?.jobId);
  if (job === undefined) {
    const ended = ending();
    // Nobody is told of it: all that it says is in the event. That must go out even where nothing can be written.
    await writeJson(s3, bucket, key, JSON.stringify(ended.detail, null, 2)).catch(() => undefined);
    return ended;
  }

  const jobFolder = `${folder}/${job.jobId}`;
  const outKey = `${jobFolder}/${fileName}.out`;
  const [out, copy] = await Promise.all([
    read(s3, bucket, outKey, MAX_OUTPUT_BYTES),
    read(s3, bucket, `${folder}/${fileName}`, MAX_MANIFEST_BYTES),
  ]);
  const reading = copy === undefined ? undefined : readManifest(copy);
  if (reading !== undefined && 'manifest' in reading) results.manifest = reading.manifest;
  const output = out === undefined ? undefined : parseOutput(out);
  if (output !== undefined) results.output = output;
  if (out !== undefined) results.uris.s3Uri = s3Uri(bucket, outKey);
  if (output === undefined && (outcome.status === 'COMPLETED' || outcome.status === 'COMPLETED_WITH_ERRORS')) {
    const what =
      out === undefined ? 'is missing, or may not be read' : 'is not what an output file is, or larger than 64 MB';
    results.outputMissing = `The job ended, but its output file ${s3Uri(bucket, outKey)} ${what}.`;
  }

  const again = output && results.manifest && retryManifest(output, results.manifest);
  if (again !== undefined) {
    const text = JSON.stringify(again, null, 2);
    results.uris.retryManifestS3Uri = await writeJson(s3, bucket, `${jobFolder}/retry.json`, text);
  }
  results.uris.summaryS3Uri = s3Uri(bucket, key);
  const ended = ending();
  const groups = output && results.manifest ? sameVoice(output, results.manifest) : [];
  const summary = { ...ended.detail, ...(groups.length > 0 && { sameVoice: groups }) };
  await writeJson(s3, bucket, key, JSON.stringify(summary, null, 2));
  return ended;
}
