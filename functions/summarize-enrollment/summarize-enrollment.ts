import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { type EventDetail, endingDetail, outputFileSchema, type Results, retryManifest } from '../enrollment/ending.ts';
import { executionSchema } from '../enrollment/execution.ts';
import { readManifest } from '../enrollment/manifest.ts';
import { s3Uri } from '../enrollment/output-location.ts';

export const inputSchema = z.object({
  execution: executionSchema.required({ outcome: true }),
  executionArn: z.string(),
});

export interface Ending {
  detailType: string;
  detail: EventDetail;
}

const ABSENT = new Set(['NoSuchKey', 'NotFound', 'AccessDenied', 'NoSuchBucket']);

/** The object's bytes; undefined where there is none, or none that this role may see. */
async function get(s3: S3Client, bucket: string, key: string): Promise<Uint8Array | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return await Body?.transformToByteArray();
  } catch (error) {
    if (error instanceof Error && ABSENT.has(error.name)) return undefined;
    throw error;
  }
}

async function put(s3: S3Client, bucket: string, key: string, value: unknown): Promise<string> {
  const Body = JSON.stringify(value, null, 2);
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body, ContentType: 'application/json' }));
  return s3Uri(bucket, key);
}

function parseOutput(bytes: Uint8Array) {
  try {
    return outputFileSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data;
  } catch {
    return undefined;
  }
}

/**
 * What an ending leaves: beside the job's `.out` file `summary.json`, and `retry.json` where requests failed. An
 * output file that is missing or can't be read is said in the event, not fatal.
 * @returns the event that tells of the ending.
 */
export async function summarizeEnrollment(
  { execution, executionArn }: z.infer<typeof inputSchema>,
  deps: { s3: S3Client; now: () => Date },
): Promise<Ending> {
  const { job, outcome } = execution;
  const { bucket, folder, fileName } = execution.output;
  const results: Results = {
    executionArn,
    uris: { ...(outcome.rejectedS3Uri !== undefined && { rejectedS3Uri: outcome.rejectedS3Uri }) },
  };
  if (job === undefined)
    return { detailType: outcome.detailType, detail: endingDetail(execution, outcome, results, deps.now()) };

  const jobFolder = `${folder}/${job.jobId}`;
  const outKey = `${jobFolder}/${fileName}.out`;
  const [out, copy] = await Promise.all([get(deps.s3, bucket, outKey), get(deps.s3, bucket, `${folder}/${fileName}`)]);
  const reading = copy === undefined ? undefined : readManifest(copy);
  if (reading !== undefined && 'manifest' in reading) results.manifest = reading.manifest;
  const output = out === undefined ? undefined : parseOutput(out);
  if (output !== undefined) results.output = output;
  if (out !== undefined) results.uris.s3Uri = s3Uri(bucket, outKey);
  if (outcome.status === 'COMPLETED' || outcome.status === 'COMPLETED_WITH_ERRORS') {
    if (out === undefined)
      results.outputMissing = `The job ended, but its output file ${s3Uri(bucket, outKey)} is missing.`;
    else if (output === undefined)
      results.outputMissing = `The job's output file ${s3Uri(bucket, outKey)} can't be read.`;
  }

  const again = output && results.manifest && retryManifest(output, results.manifest);
  if (again !== undefined) {
    results.uris.retryManifestS3Uri = await put(deps.s3, bucket, `${jobFolder}/retry.json`, again);
  }
  results.uris.summaryS3Uri = s3Uri(bucket, `${jobFolder}/summary.json`);
  const detail = endingDetail(execution, outcome, results, deps.now());
  await put(deps.s3, bucket, `${jobFolder}/summary.json`, detail);
  return { detailType: outcome.detailType, detail };
}
