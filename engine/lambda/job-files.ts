import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';

const audio = z.array(z.object({ S3Uri: z.string(), ChannelId: z.number() }));
const entrySchema = z.object({
  /** Its place in the manifest. */
  index: z.number(),
  request: z.object({ RequestId: z.string(), SpeakerId: z.string().optional(), AudioSpecifications: audio }),
});
/** One request of the manifest. */
export type Entry = z.infer<typeof entrySchema>;

/** Some groups of the requests file: its bytes from `from` up to, not including, `to`. */
export const batchSchema = z.object({ from: z.number(), to: z.number() });
export type Batch = z.infer<typeof batchSchema>;

export interface JobFilesDeps {
  s3: S3Client;
  bucket: string;
}

/** Requests in one batch, at most: it has to be done within a function's time. */
const REQUESTS_PER_BATCH = 50;

const requestsKey = (jobId: string) => `jobs/${jobId}/requests.ndjson`;
const batchesKey = (jobId: string) => `jobs/${jobId}/batches.json`;

/** Lines of the file, one a group, as batches of at most `perBatch` groups. A larger group is a batch of its own. */
export function batchesOf(groups: readonly (readonly Entry[])[], perBatch: number): { text: string; batches: Batch[] } {
  const lines = groups.map((group) => `${JSON.stringify(group)}\n`);
  const batches: Batch[] = [];
  let at = 0;
  let held = { groups: 0, requests: 0 };
  groups.forEach((group, i) => {
    const from = at;
    at += Buffer.byteLength(lines[i] ?? '');
    const last = batches.at(-1);
    const fits = held.groups < perBatch && held.requests + group.length <= REQUESTS_PER_BATCH;
    if (last === undefined || !fits) {
      batches.push({ from, to: at });
      held = { groups: 1, requests: group.length };
    } else {
      last.to = at;
      held = { groups: held.groups + 1, requests: held.requests + group.length };
    }
  });
  return { text: lines.join(''), batches };
}

/**
 * Keeps a job's requests where its steps find theirs by a range of bytes, and the list of those ranges, which is all
 * that Step Functions gets to see.
 * @returns where the list is.
 */
export async function writeJobFiles(
  jobId: string,
  groups: readonly (readonly Entry[])[],
  perBatch: number,
  { s3, bucket }: JobFilesDeps,
): Promise<{ bucket: string; key: string }> {
  const { text, batches } = batchesOf(groups, perBatch);
  const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  await put(requestsKey(jobId), text);
  await put(batchesKey(jobId), JSON.stringify(batches));
  return { bucket, key: batchesKey(jobId) };
}

function parse(text: string): Entry[][] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => z.array(entrySchema).parse(JSON.parse(line)));
}

/** A batch's groups, or all of the job's; undefined where the job has no files. */
export async function readGroups(
  jobId: string,
  batch: Batch | undefined,
  { s3, bucket }: JobFilesDeps,
): Promise<Entry[][] | undefined> {
  try {
    const { Body } = await s3.send(
      new GetObjectCommand({
        Bucket: bucket,
        Key: requestsKey(jobId),
        ...(batch !== undefined && { Range: `bytes=${batch.from}-${batch.to - 1}` }),
      }),
    );
    return parse((await Body?.transformToString()) ?? '');
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
    throw error;
  }
}

/** The requests name speakers: when the output file is there, they go. */
export async function deleteJobFiles(jobId: string, { s3, bucket }: JobFilesDeps): Promise<void> {
  // One after the other: the tests' S3 trips over two at once in one folder.
  for (const Key of [requestsKey(jobId), batchesKey(jobId)]) {
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
  }
}
