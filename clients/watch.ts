import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeExecutionCommand, ListExecutionsCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { z } from 'zod';

const endingSchema = z.object({
  detailType: z.string(),
  detail: z.looseObject({
    uploadId: z.string(),
    status: z.string(),
    jobId: z.string().optional(),
    manifest: z.object({ bucket: z.string(), key: z.string() }).loose(),
    output: z
      .object({
        s3Uri: z.string().optional(),
        rejectedS3Uri: z.string().optional(),
        retryManifestS3Uri: z.string().optional(),
      })
      .loose(),
    counts: z.record(z.string(), z.number()).optional(),
    endedAt: z.string(),
    failureDetails: z.object({ message: z.string() }).loose().optional(),
    errors: z.array(z.object({ requestId: z.string(), errorCode: z.number(), errorMessage: z.string() })).optional(),
    problemCount: z.number().optional(),
    problems: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  }),
});
export type Ending = z.infer<typeof endingSchema>;

/** What an execution's output tells of an upload's ending, if it has one. */
export function parseEnding(output: string | undefined): Ending | undefined {
  return endingSchema.safeParse(JSON.parse(output ?? 'null')).data;
}

/** An upload as it was dropped. */
export interface Dropped {
  bucket: string;
  key: string;
  eTag: string;
}

const inputSchema = z.object({
  uploadId: z.string(),
  manifest: z.object({ bucket: z.string(), key: z.string(), eTag: z.string().optional() }),
});

/** Which of some uploads an execution is of, and its id; undefined where it is of none of them. */
export async function uploadOf<T extends Dropped>(
  executionArn: string,
  uploads: readonly T[],
  stepFunctions: SFNClient,
): Promise<{ upload: T; uploadId: string } | undefined> {
  const { input } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
  const { data } = inputSchema.safeParse(JSON.parse(input ?? 'null'));
  const { bucket, key, eTag } = data?.manifest ?? {};
  const upload = uploads.find((each) => each.bucket === bucket && each.key === key && each.eTag === eTag);
  return upload && data && { upload, uploadId: data.uploadId };
}

/** Milliseconds between two looks: short for a small job on this machine, long for one that takes its time. */
const FIRST_LOOK = 500;
const LONGEST_LOOK = 5000;

/**
 * The endings of uploads as they come, each once. An execution's input is asked for once, when it is first seen, and its
 * output once, when it has succeeded: what a look costs is one listing, however many uploads there are.
 * @param since uploads before it are not meant, though they may have the same key and content.
 * @param look is told at each look which uploads wait, and their executions as far as they are there.
 */
export async function* endingsOf<T extends Dropped>(
  uploads: readonly T[],
  { stepFunctions, stateMachineArn, since, signal, look = () => undefined }: WatchOptions<T>,
): AsyncGenerator<{ upload: T; ending: Ending }> {
  const waiting = new Set(uploads);
  /** By execution: the upload that it is of, or none of these. */
  const seen = new Map<string, T | undefined>();
  const executions = new Map<T, string>();
  for (let wait = FIRST_LOOK; waiting.size > 0 && !signal.aborted; wait = Math.min(wait * 1.25, LONGEST_LOOK)) {
    for await (const { executionArn, status } of executionsSince(since, stepFunctions, stateMachineArn)) {
      if (!seen.has(executionArn)) {
        const of = (await uploadOf(executionArn, uploads, stepFunctions))?.upload;
        seen.set(executionArn, of);
        if (of !== undefined) executions.set(of, executionArn);
      }
      const upload = seen.get(executionArn);
      if (upload === undefined || !waiting.has(upload) || status !== 'SUCCEEDED') continue;
      const { output } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
      const ending = parseEnding(output);
      if (ending === undefined) continue;
      waiting.delete(upload);
      yield { upload, ending };
    }
    if (waiting.size === 0) return;
    await look([...waiting].map((upload) => ({ upload, executionArn: executions.get(upload) })));
    await sleep(wait, undefined, { signal }).catch(() => undefined);
  }
}

interface WatchOptions<T> {
  stepFunctions: SFNClient;
  stateMachineArn: string;
  since: Date;
  signal: AbortSignal;
  look?: (waiting: readonly { upload: T; executionArn: string | undefined }[]) => Promise<void> | void;
}

/** Executions that started since then, newest first. */
export async function* executionsSince(since: Date, stepFunctions: SFNClient, stateMachineArn: string) {
  let nextToken: string | undefined;
  do {
    const page = await stepFunctions.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 1000, nextToken }));
    for (const { executionArn, status, startDate } of page.executions ?? []) {
      if (startDate !== undefined && startDate < since) return;
      if (executionArn !== undefined) yield { executionArn, status };
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}
