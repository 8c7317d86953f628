import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { CommandError, UsageError } from '../../clients/errors.ts';
import { readCsvList } from '../../clients/manifest/from-csv.ts';
import { FOLDER_A_SPEAKER, listPrefix } from '../../clients/manifest/from-prefix.ts';
import type { ListProblem, ListReading } from '../../clients/manifest/list.ts';
import { manifestsOf, requestsOf } from '../../clients/manifest/requests.ts';
import { uploadFiles } from '../../clients/manifest/upload.ts';
import { messageOf, readManifest } from '../../functions/enrollment/manifest.ts';
import { RECORDINGS } from '../../local/account.ts';
import { s3Client } from '../clients.ts';
import { COMMON_HELP, checkWritable, common, oneOf, parse } from '../options.ts';
import { progressLine } from '../progress.ts';
import { print } from '../terminal.ts';

const HELP = `npm run vivavoce -- manifest FILE.csv | s3://BUCKET/PREFIX [--out FILE] [OPTIONS]

Makes a manifest of a list, or more than one where there are more than 10,000 requests: NAME-1.json, NAME-2.json, … Drop them
with npm run vivavoce -- drop.

  FILE.csv             header SpeakerId,Recording and, if needed, ChannelId (0) and RequestId; the rows of one speaker are
                       one request, of up to ten recordings. A Recording is an s3:// URI, or the path of a .wav file from
                       where the list is, which is uploaded first
  s3://BUCKET/PREFIX   its .wav objects, ten a speaker; a folder after the prefix is a speaker
  --speaker PATTERN    a regular expression over keys after the prefix whose only group is the speaker's id
  --channel 0|1        where the caller is on the recordings of a prefix (0)
  --out FILE           the manifest's file, in place of the list's name in this directory
  --bucket NAME        where files are uploaded to (${RECORDINGS})
  --prefix PREFIX      before their keys, such as 2026/05/; in place of the list's name
${COMMON_HELP}
`;

/** How many problems are shown. */
const SHOWN = 20;

function refuse(problems: readonly ListProblem[]): never {
  const lines = problems.slice(0, SHOWN).map(({ where, message }) => `${where}: ${message}`);
  const more = problems.length - lines.length;
  throw new CommandError([...lines, ...(more > 0 ? [`and ${more} more.`] : [])].join('\n'));
}

function patternOf(text: string | undefined): RegExp {
  if (text === undefined) return FOLDER_A_SPEAKER;
  let pattern: RegExp;
  try {
    pattern = new RegExp(text);
  } catch (cause) {
    throw new UsageError(`Found --speaker '${text}', expected a regular expression (${cause}).`);
  }
  const groups = (new RegExp(`${text}|`).exec('')?.length ?? 1) - 1;
  if (groups !== 1)
    throw new UsageError(`Found --speaker '${text}' with ${groups} groups, expected one: the speaker's id.`);
  return pattern;
}

async function readList(file: string): Promise<ListReading> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new CommandError(`${file} can't be read (${cause instanceof Error ? cause.message : cause}).`);
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return readCsvList(text, (path) => resolve(dirname(file), path.trim()));
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new CommandError(`${file} is not UTF-8: save the list as CSV UTF-8.`);
  }
}

export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parse(
    argv,
    {
      ...common,
      out: { type: 'string' },
      bucket: { type: 'string', default: RECORDINGS },
      prefix: { type: 'string' },
      speaker: { type: 'string' },
      channel: { type: 'string', default: '0' },
    },
    true,
  );
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [source, ...more] = positionals;
  if (source === undefined || more.length > 0) {
    throw new UsageError(`Found ${positionals.length} lists, expected one: FILE.csv or s3://BUCKET/PREFIX.`);
  }
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(source) ?? [];
  if (bucket === undefined && !/\.csv$/i.test(source)) {
    throw new UsageError(`Found '${source}', expected FILE.csv or s3://BUCKET/PREFIX.`);
  }
  const speaker = patternOf(values.speaker);
  const channelId = oneOf('channel', values.channel, ['0', '1']) === '1' ? 1 : 0;
  const name = bucket === undefined ? basename(source).replace(/\.csv$/i, '') : basename(prefix) || bucket;
  const out = values.out ?? `${name}.json`;
  if (!out.endsWith('.json'))
    throw new UsageError(`Found --out ${out}, expected a file that ends in .json, to be dropped.`);
  await checkWritable('out', out);

  const s3 = s3Client(values);
  const list =
    bucket === undefined ? await readList(source) : await listPrefix({ bucket, prefix, speaker, channelId }, s3);
  if ('problems' in list) refuse(list.problems);
  // Before anything is uploaded.
  const checked = requestsOf(list.recordings);
  if ('problems' in checked) refuse(checked.problems);

  const line = progressLine('uploading');
  const to = { bucket: values.bucket, prefix: values.prefix ?? `${name}/` };
  const uploaded = await uploadFiles(list.recordings, to, s3, (done, all) => line.show(`${done} of ${all} recordings`));
  line.end();
  const made = requestsOf(uploaded);
  if ('problems' in made) refuse(made.problems);
  const manifests = manifestsOf(made.requests);
  const files: { file: string; requests: number }[] = [];
  for (const [index, manifest] of manifests.entries()) {
    const file = manifests.length === 1 ? out : out.replace(/\.json$/, `-${index + 1}.json`);
    const text = JSON.stringify(manifest, null, 1);
    const reading = readManifest(Buffer.from(text));
    if ('problems' in reading) {
      refuse(reading.problems.map((each) => ({ where: `${file}, ${each.path}`, message: messageOf(each) })));
    }
    await writeFile(file, `${text}\n`, { mode: 0o600 });
    files.push({ file, requests: manifest.SpeakerEnrollmentRequests.length });
  }
  if (values.json) print(JSON.stringify(files));
  else {
    for (const what of list.skipped) print(`left out: ${what}`);
    for (const { file, requests } of files)
      print(`wrote ${file}: ${requests} ${requests === 1 ? 'request' : 'requests'}`);
    print(`npm run vivavoce -- drop ${files.map(({ file }) => file).join(' ')} --wait`);
  }
  return 0;
}
