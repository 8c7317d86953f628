import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { MANIFESTS } from '../../local/account.ts';
import { s3Client, stepFunctionsClient } from '../clients.ts';
import { CommandError, UsageError } from '../errors.ts';
import { COMMON_HELP, common, parse } from '../options.ts';
import { print } from '../terminal.ts';
import { waitForEnding } from '../watch.ts';

const HELP = `npm run vivavoce -- drop FILE… [--wait] [OPTIONS]

Uploads manifests to the manifests bucket, each of which starts an enrollment job.

  --wait                    until each has ended; exit code 1 if one did not complete
  --timeout SECONDS         how long to wait for each (3600)
  --bucket NAME             another bucket than ${MANIFESTS}
  --prefix PREFIX           before each file's name, such as 2026/05/
  --domain-id ID            for these uploads, in place of the default
  --existing-enrollment-action SKIP|OVERWRITE
  --fraud-detection-action FAIL|IGNORE
  --risk-threshold 0..100
  --watchlist-ids ID
${COMMON_HELP}
`;

const OVERRIDES = [
  'domain-id',
  'existing-enrollment-action',
  'fraud-detection-action',
  'risk-threshold',
  'watchlist-ids',
] as const;

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

  const s3 = s3Client(values);
  const stepFunctions = stepFunctionsClient(values);
  const metadata = Object.fromEntries(
    OVERRIDES.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])),
  );
  const since = new Date(Date.now() - 5000);
  const uploads: { file: string; key: string; eTag: string }[] = [];
  for (const file of files) {
    let body: Buffer;
    try {
      body = await readFile(file);
    } catch (cause) {
      throw new CommandError(`${file} can't be read: ${cause instanceof Error ? cause.message : cause}`);
    }
    const key = `${values.prefix}${basename(file)}`;
    const { ETag } = await s3.send(
      new PutObjectCommand({ Bucket: values.bucket, Key: key, Body: body, Metadata: metadata }),
    );
    uploads.push({ file, key, eTag: (ETag ?? '').replaceAll('"', '') });
    if (!values.json) print(`dropped ${file} as s3://${values.bucket}/${key}`);
  }
  if (!values.wait) {
    if (values.json) print(JSON.stringify(uploads.map(({ file, key }) => ({ file, bucket: values.bucket, key }))));
    return 0;
  }
  let failed = 0;
  const results: unknown[] = [];
  for (const upload of uploads) {
    const ending = await waitForEnding(stepFunctions, { ...upload, since }, Number(values.timeout));
    if (ending === undefined) {
      failed++;
      results.push({ file: upload.file, status: 'WAITING' });
      if (!values.json)
        print(`${upload.file}: no ending after ${values.timeout} s; npm run vivavoce -- events shows it when it comes`);
      continue;
    }
    const { detail } = ending;
    if (detail.status !== 'COMPLETED') failed++;
    results.push({ file: upload.file, ...detail });
    if (values.json) continue;
    const counts = Object.entries(detail.counts ?? {}).map(([name, value]) => `${name} ${value}`);
    print(`${upload.file}: ${detail.status} ${counts.join(', ')}`);
    if (detail.failureDetails !== undefined) print(`  ${detail.failureDetails.message}`);
    for (const problem of detail.problems ?? []) print(`  ${problem.path}: ${problem.message}`);
    if (detail.output.s3Uri !== undefined) print(`  ${detail.output.s3Uri}`);
    if (detail.output.rejectedS3Uri !== undefined) print(`  all problems: ${detail.output.rejectedS3Uri}`);
  }
  if (values.json) print(JSON.stringify(results));
  return failed === 0 ? 0 : 1;
}
