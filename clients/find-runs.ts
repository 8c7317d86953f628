import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { type Dropped, executionsSince } from './watch.ts';

const inputSchema = z.object({
  uploadId: z.string(),
  manifest: z.object({ bucket: z.string(), key: z.string(), eTag: z.string().optional() }),
});

/**
 * The ids of uploads whose executions are there by now: an id is made of the version that the store gave the object, which
 * not every store tells whoever uploads it.
 * @param since uploads before it are not meant, though they may have the same key and content
 */
export async function findRuns<T extends Dropped>(
  uploads: readonly T[],
  { stepFunctions, stateMachineArn, since }: { stepFunctions: SFNClient; stateMachineArn: string; since: Date },
): Promise<Map<T, string>> {
  const found = new Map<T, string>();
  for await (const { executionArn } of executionsSince(since, stepFunctions, stateMachineArn)) {
    const { input } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    const { data } = inputSchema.safeParse(JSON.parse(input ?? 'null'));
    if (data === undefined) continue;
    const { bucket, key, eTag } = data.manifest;
    const upload = uploads.find((each) => each.bucket === bucket && each.key === key && each.eTag === eTag);
    if (upload !== undefined) found.set(upload, data.uploadId);
    if (found.size === uploads.length) break;
  }
  return found;
}
