import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  type ExecutionStatus,
  ListExecutionsCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { CommandError } from './errors.ts';
import { describeExecution, ENDED, executionArnOf } from './execution.ts';
import { type Ending, parseEnding } from './watch.ts';

const inputSchema = z.object({
  uploadId: z.string(),
  domainId: z.string(),
  manifest: z.object({ bucket: z.string(), key: z.string() }),
  job: z.object({ jobId: z.string() }).optional(),
});

/** An upload, as its execution knows it. */
export interface Upload {
  executionArn: string;
  uploadId: string;
  domainId: string;
  manifest: { bucket: string; key: string };
  startedAt: Date | undefined;
  /** Step Functions' own status: `RUNNING` until there is an ending. */
  status: ExecutionStatus;
  ending: Ending | undefined;
}

/** Undefined for an execution that is no upload's, such as one started by hand. */
function uploadOf({
  executionArn = '',
  input,
  output,
  status = 'FAILED',
  startDate,
}: DescribeExecutionOutput): Upload | undefined {
  const { data } = inputSchema.safeParse(JSON.parse(input ?? 'null'));
  if (data === undefined) return undefined;
  const { uploadId, domainId, manifest } = data;
  return { executionArn, uploadId, domainId, manifest, startedAt: startDate, status, ending: parseEnding(output) };
}

/** Uploads by their executions, newest first. Each costs a call. @param statusFilter of Step Functions; all without it. */
export async function* uploads(
  stepFunctions: SFNClient,
  stateMachineArn: string,
  statusFilter?: ExecutionStatus,
): AsyncGenerator<Upload> {
  let nextToken: string | undefined;
  do {
    const page = await stepFunctions.send(new ListExecutionsCommand({ stateMachineArn, statusFilter, nextToken }));
    for (const { executionArn } of page.executions ?? []) {
      const upload = uploadOf(await stepFunctions.send(new DescribeExecutionCommand({ executionArn })));
      if (upload !== undefined) yield upload;
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}

/** Whether a manifest is what somebody calls `name`: its URI, its key, or the end of its key from a folder on. */
function isNamed({ bucket, key }: Upload['manifest'], name: string): boolean {
  return name === `s3://${bucket}/${key}` || name === key || key.endsWith(`/${name}`);
}

async function described(executionArn: string, stepFunctions: SFNClient): Promise<Upload | undefined> {
  const execution = await describeExecution(executionArn, stepFunctions);
  return execution && uploadOf(execution);
}

/**
 * The upload that somebody means. Of several with one name the newest.
 * @param name an upload's id, its execution's ARN, its manifest's name, key or URI; undefined: the newest upload.
 * @throws CommandError where there is none.
 */
export async function findUpload(
  name: string | undefined,
  { stepFunctions, stateMachineArn }: { stepFunctions: SFNClient; stateMachineArn: string },
): Promise<Upload> {
  if (name !== undefined && !/\.json$/i.test(name)) {
    const arn = name.startsWith('arn:') ? name : executionArnOf(stateMachineArn, name);
    const found = await described(arn, stepFunctions);
    // An execution that died has its ending in another one.
    const died = found !== undefined && found.ending === undefined && found.status !== 'RUNNING';
    const ended = died ? await described(`${found.executionArn}${ENDED}`, stepFunctions) : undefined;
    if (found !== undefined) return ended ?? found;
  }
  for await (const upload of uploads(stepFunctions, stateMachineArn)) {
    if (name === undefined || isNamed(upload.manifest, name)) return upload;
  }
  throw new CommandError(
    name === undefined
      ? 'There is no upload yet: npm run vivavoce -- drop manifest.json starts one.'
      : `Found no upload '${name}', expected an upload's id, its execution or its manifest's name: npm run vivavoce -- events lists them.`,
  );
}
