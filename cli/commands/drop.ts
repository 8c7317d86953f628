import { readFile } from 'node:fs/promises';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { causeLine, groupByCause } from '../../clients/causes.ts';
import { CommandError, UsageError } from '../../clients/errors.ts';
import { createJobProgress, waitingLine } from '../../clients/job-progress.ts';
import { manifestKeys } from '../../clients/manifest-keys.ts';
import { type Dropped, type Ending, endingsOf } from '../../clients/watch.ts';
import { MANIFESTS } from '../../local/account.ts';
import { machineArn, s3Client, stepFunctionsClient, voiceIdClient } from '../clients.ts';
import { COMMON_HELP, common, domainOption, formed, oneOf, parse, whole } from '../options.ts';
import { progressLine } from '../progress.ts';
import { print } from '../terminal.ts';

const HELP = `npm run vivavoce -- drop FILE… [--wait] [OPTIONS]

Uploads manifests to the manifests bucket, each of which starts an enrollment job: all of them, or none where one can't be
read. Files of the same name get the folders above as part of their keys.

  --wait                    until each has ended; exit code 1 if one did not complete
  --timeout SECONDS         how long to wait for all of them (3600)
  --bucket NAME             another bucket than ${MANIFESTS}
  --prefix PREFIX           before each file's name, such as 2026/05/
  --domain-id ID            for these uploads, in place of the default
  --existing-enrollment-action SKIP|OVERWRITE
  --fraud-detection-action FAIL|IGNORE
  --risk-threshold 0..100
  --watchlist-ids ID
${COMMON_HELP}
`;

/** What an upload's metadata may say in place of the stack's defaults. @throws UsageError */
function overrides(values: Record<string, string | boolean | undefined>): Record<string, string> {
  const text = (name: string) => (typeof values[name] === 'string' ? values[name] : undefined);
  domainOption(text('domain-id'));
  oneOf('existing-enrollment-action', text('existing-enrollment-action'), ['SKIP', 'OVERWRITE']);
  oneOf('fraud-detection-action', text('fraud-detection-action'), ['FAIL', 'IGNORE']);
  const threshold = text('risk-threshold');
  if (threshold !== undefined) whole('risk-threshold', threshold, 0, 100);
  formed(
    'watchlist-ids',
    text('watchlist-ids'),
    /^[a-zA-Z0-9]{22}(,[a-zA-Z0-9]{22})*$/,
    'watchlists of 22 letters and digits',
  );
  return Object.fromEntries(
    OVERRIDES.flatMap((name) => {
      const value = text(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

const OVERRIDES = [
  'domain-id',
  'existing-enrollment-action',
  'fraud-detection-action',
  'risk-threshold',
  'watchlist-ids',
] as const;

/** Milliseconds by which this machine's clock may be ahead. */
const CLOCKS_DIFFER = 5000;

interface Upload extends Dropped {
  file: string;
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new CommandError(
      `Nothing was dropped: ${file} can't be read (${cause instanceof Error ? cause.message : cause}).`,
    );
  }
}

async function upload(
  { bucket, key, body, metadata }: { bucket: string; key: string; body: Buffer; metadata: Record<string, string> },
  s3: S3Client,
): Promise<Dropped> {
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, Metadata: metadata }));
  return { bucket, key, eTag: (ETag ?? '').replaceAll('"', '') };
}

/** How many causes are shown of the errors that the ending lists. */
const CAUSES = 5;

/** An ending, line by line: how it went, why where it did not, and what to do next. */
function describe({ file }: Upload, { detail }: Ending): string[] {
  const counts = Object.entries(detail.counts ?? {}).map(([name, value]) => `${name} ${value}`);
  const lines = [`${file}: ${detail.status} ${counts.join(', ')}`.trimEnd()];
  if (detail.failureDetails !== undefined) lines.push(`  ${detail.failureDetails.message}`);
  for (const { path, message } of detail.problems ?? []) lines.push(`  ${path}: ${message}`);
  const failures = (detail.errors ?? []).map(({ errorMessage: message, ...error }) => ({ ...error, message }));
  for (const cause of groupByCause(failures).slice(0, CAUSES)) {
    lines.push(`  ${causeLine(cause)}`, `    such as ${cause.failures[0]?.requestId}: ${cause.failures[0]?.message}`);
  }
  const untold = (detail.counts?.failed ?? 0) - failures.length;
  if (untold > 0) lines.push(`  and ${untold} more that failed, which the report tells by their causes`);
  const { output, jobId } = detail;
  if (output.rejectedS3Uri !== undefined) lines.push(`  all problems: ${output.rejectedS3Uri}`);
  if (output.s3Uri !== undefined) lines.push(`  ${output.s3Uri}`);
  if (output.retryManifestS3Uri !== undefined) lines.push(`  just those that failed: ${output.retryManifestS3Uri}`);
  if (jobId !== undefined) lines.push(`  each request: npm run vivavoce -- report ${jobId}`);
  return lines;
}

export async function run(argv: string[]): Promise<number> {
  const { values, positionals: files } = parse(
    argv,
    {
      ...common,
      wait: { type: 'boolean', default: false },
      timeout: { type: 'string', default: '3600' },
      bucket: { type: 'string', default: MANIFESTS },
      prefix: { type: 'string', default: '' },
      'domain-id': { type: 'string' },
      'existing-enrollment-action': { type: 'string' },
      'fraud-detection-action': { type: 'string' },
      'risk-threshold': { type: 'string' },
      'watchlist-ids': { type: 'string' },
    },
    true,
  );
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (files.length === 0) throw new UsageError('Found no file, expected the manifests to upload.');
  const wrong = files.find((file) => !file.endsWith('.json'));
  if (wrong !== undefined)
    throw new UsageError(`Found ${wrong}, expected files that end in .json: others start no job.`);

  const timeout = whole('timeout', values.timeout, 1);
  const metadata = overrides(values);
  const keys = manifestKeys(files);
  const stateMachineArn = values.wait ? machineArn(values) : '';
  const bodies = await Promise.all(files.map(read));

  const s3 = s3Client(values);
  const stepFunctions = stepFunctionsClient(values);
  const since = new Date(Date.now() - CLOCKS_DIFFER);
  const uploads: Upload[] = [];
  for (const [index, file] of files.entries()) {
    const key = `${values.prefix}${keys[index]}`;
    const body = bodies[index] ?? Buffer.alloc(0);
    uploads.push({ file, ...(await upload({ bucket: values.bucket, key, body, metadata }, s3)) });
    if (!values.json) print(`dropped ${file} as s3://${values.bucket}/${key}`);
  }
  if (!values.wait) {
    if (values.json) print(JSON.stringify(uploads.map(({ file, key }) => ({ file, bucket: values.bucket, key }))));
    return 0;
  }
  const results = new Map<Upload, Ending>();
  const line = progressLine('enrolling:');
  // One try is enough of what is only shown.
  const voiceId = voiceIdClient(values, { maxAttempts: 1 });
  const progressOf = createJobProgress(uploads.length, { stepFunctions, voiceId, now: Date.now });
  const watch = {
    stepFunctions,
    stateMachineArn,
    since,
    signal: AbortSignal.timeout(timeout * 1000),
    look: async (waiting: readonly { executionArn: string | undefined }[]) => {
      if (!line.shown) return;
      const progress = await progressOf(waiting.map(({ executionArn }) => executionArn));
      line.show(waitingLine(uploads.length, waiting.length, progress));
    },
  };
  for await (const { upload, ending } of endingsOf(uploads, watch)) {
    results.set(upload, ending);
    line.end();
    if (!values.json) for (const text of describe(upload, ending)) print(text);
  }
  line.end();
  const late = uploads.filter((each) => !results.has(each));
  if (values.json) {
    print(
      JSON.stringify(
        uploads.map((each) => ({ file: each.file, ...(results.get(each)?.detail ?? { status: 'WAITING' }) })),
      ),
    );
  } else {
    for (const { file } of late) {
      print(`${file}: no ending after ${timeout} s; npm run vivavoce -- events shows it when it comes`);
    }
  }
  return late.length === 0 && [...results.values()].every(({ detail }) => detail.status === 'COMPLETED') ? 0 : 1;
}
