import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { clientToken } from '../functions/enrollment/client-token.ts';
import { executionArnOf } from './execution.ts';
import { type Dropped, executionsSince } from './watch.ts';

const inputSchema = z.object({
  uploadId: z.string(),
  manifest: z.object({ bucket: z.string(), key: z.string(), eTag: z.string().optional() }),
});

/** A manifest as it was put, with its version where its bucket has versions. */
export interface Put extends Dropped {
  versionId?: string | undefined;
}

/**
 * Finds the runs of uploads, look by look, until all are there. In a bucket with versions an upload's id can be told
 * beforehand, and its execution is asked for; in any other the id is made of what only the event tells, and the executions
 * since then are looked through, each once.
 * @param since uploads before it are not meant, though they may have the same key and content
 * @returns a function that looks once more, and gives the upload ids of those that have begun by then
 */
export function createRunFinder<T extends Put>(
  uploads: readonly T[],
  { stepFunctions, stateMachineArn, since }: { stepFunctions: SFNClient; stateMachineArn: string; since: Date },
): () => Promise<ReadonlyMap<T, string>> {
  const found = new Map<T, string>();
  const seen = new Set<string>();

  async function askFor(upload: T, version: string): Promise<void> {
    const { bucket, key } = upload;
    const id = clientToken({ bucket, key, version });
    const executionArn = executionArnOf(stateMachineArn, id);
    try {
      await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
      found.set(upload, id);
    } catch (error) {
      if (!(error instanceof Error && error.name === 'ExecutionDoesNotExist')) throw error;
    }
  }

  async function lookThrough(): Promise<void> {
    for await (const { executionArn } of executionsSince(since, stepFunctions, stateMachineArn)) {
      if (seen.has(executionArn)) continue;
      seen.add(executionArn);
      const { input } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
      const { data } = inputSchema.safeParse(JSON.parse(input ?? 'null'));
      const { bucket, key, eTag } = data?.manifest ?? {};
      const upload = uploads.find((each) => each.bucket === bucket && each.key === key && each.eTag === eTag);
      if (upload !== undefined && data !== undefined) found.set(upload, data.uploadId);
    }
  }

  return async () => {
    const missing = uploads.filter((upload) => !found.has(upload));
    for (const upload of missing) {
      if (upload.versionId !== undefined) await askFor(upload, upload.versionId);
    }
    if (missing.some(({ versionId }) => versionId === undefined)) await lookThrough();
    return found;
  };
}
