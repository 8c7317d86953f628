import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeExecutionCommand, ListExecutionsCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { machineArn } from './clients.ts';

const endingSchema = z.object({
  detailType: z.string(),
  detail: z.looseObject({
    uploadId: z.string(),
    status: z.string(),
    jobId: z.string().optional(),
    manifest: z.object({ bucket: z.string(), key: z.string() }).loose(),
    output: z.object({ s3Uri: z.string().optional(), rejectedS3Uri: z.string().optional() }).loose(),
    counts: z.record(z.string(), z.number()).optional(),
    endedAt: z.string(),
    failureDetails: z.object({ message: z.string() }).loose().optional(),
    problemCount: z.number().optional(),
    problems: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  }),
});
export type Ending = z.infer<typeof endingSchema>;

function parseEnding(output: string | undefined): Ending | undefined {
  return endingSchema.safeParse(JSON.parse(output ?? 'null')).data;
}

/** The endings of uploads, newest first: the output of each execution that has ended. */
export async function* endings(stepFunctions: SFNClient): AsyncGenerator<Ending & { executionArn: string }> {
  let nextToken: string | undefined;
  do {
    const page = await stepFunctions.send(
      new ListExecutionsCommand({ stateMachineArn: machineArn(), statusFilter: 'SUCCEEDED', nextToken }),
    );
    for (const { executionArn } of page.executions ?? []) {
      if (executionArn === undefined) continue;
      const { output } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
      const ending = parseEnding(output);
      if (ending !== undefined) yield { ...ending, executionArn };
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}

/** Waits for the ending of the upload of `key` with that ETag; undefined where it does not come in time. */
export async function waitForEnding(
  stepFunctions: SFNClient,
  wanted: { key: string; eTag: string; since: Date },
  timeoutSeconds: number,
): Promise<Ending | undefined> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  while (Date.now() < deadline) {
    const page = await stepFunctions.send(
      new ListExecutionsCommand({ stateMachineArn: machineArn(), maxResults: 1000 }),
    );
    for (const { executionArn, status, startDate } of page.executions ?? []) {
      if (executionArn === undefined || (startDate ?? new Date(0)) < wanted.since) continue;
      const { input, output } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
      const given = z
        .object({ manifest: z.object({ key: z.string(), eTag: z.string().optional() }) })
        .safeParse(JSON.parse(input ?? 'null'));
      if (given.data?.manifest.key !== wanted.key || given.data.manifest.eTag !== wanted.eTag) continue;
      if (status === 'SUCCEEDED') return parseEnding(output);
    }
    await sleep(500);
  }
  return undefined;
}
