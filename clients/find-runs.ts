import type { SFNClient } from '@aws-sdk/client-sfn';
import { clientToken } from '../functions/enrollment/client-token.ts';
import { describeExecution, executionArnOf } from './execution.ts';
import { type Dropped, executionsSince, uploadOf } from './watch.ts';

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
    const execution = await describeExecution(executionArnOf(stateMachineArn, id), stepFunctions);
    if (execution !== undefined) found.set(upload, id);
  }

  async function lookThrough(): Promise<void> {
    for await (const { executionArn } of executionsSince(since, stepFunctions, stateMachineArn)) {
      if (seen.has(executionArn)) continue;
      seen.add(executionArn);
      const of = await uploadOf(executionArn, uploads, stepFunctions);
      if (of !== undefined) found.set(of.upload, of.uploadId);
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
