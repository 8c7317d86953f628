import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { changeJob, hasEnded } from './end-job.ts';
import type { JobDeps } from './job-deps.ts';
import type { JobRef } from './start-next-job.ts';

/** Days that a count is kept; jobs don't take as long. */
const KEPT_DAYS = 30;

/** Adds to the job's count of rows: a number in an item of its own, so that any number of functions can add at once. */
export async function countRows(
  jobId: string,
  rows: number,
  deps: { dynamoDb: DynamoDBClient; tableName: string; now: () => number },
): Promise<number> {
  const { Attributes } = await deps.dynamoDb.send(
    new UpdateItemCommand({
      TableName: deps.tableName,
      Key: { pk: { S: `PROGRESS#${jobId}` }, sk: { S: 'rows' } },
      UpdateExpression: 'ADD #n :n SET #e = :e',
      ExpressionAttributeNames: { '#n': 'rows', '#e': 'expires' },
      ExpressionAttributeValues: {
        ':n': { N: String(rows) },
        ':e': { N: String(Math.floor(deps.now() / 1000) + KEPT_DAYS * 24 * 3600) },
      },
      ReturnValues: 'UPDATED_NEW',
    }),
  );
  return Number(Attributes?.rows?.N ?? 0);
}

/** Moves the job's percentage on, never back; 100 is for the end, when the output file is there. */
export async function tellProgress(ref: JobRef, done: number, total: number, deps: JobDeps): Promise<void> {
  const percentComplete = Math.min(99, Math.floor((100 * done) / total));
  await changeJob(
    ref,
    (job) => (hasEnded(job) || job.percentComplete >= percentComplete ? job : { ...job, percentComplete }),
    deps,
  );
}
