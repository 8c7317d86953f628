import { constants, existsSync } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { deleteObjects } from '../../clients/erase/delete-objects.ts';
import { eraseSpeaker } from '../../clients/erase/erase-speaker.ts';
import { findObjects } from '../../clients/erase/find-objects.ts';
import { inOrder, receiptName, receiptOf, uriOf } from '../../clients/erase/receipt.ts';
import { runningJobs } from '../../clients/erase/running-jobs.ts';
import { UsageError } from '../../clients/errors.ts';
import { SPEAKER_ID } from '../../clients/speaker-id.ts';
import { bucketsOf, domainId, s3Client, voiceIdClient } from '../clients.ts';
import { COMMON_HELP, common, domainOption, parse } from '../options.ts';
import { progressLine } from '../progress.ts';
import { print } from '../terminal.ts';

const HELP = `npm run vivavoce -- erase SPEAKER [--opt-out] [--objects] [OPTIONS]

Erases a person: deletes the speaker with the voiceprint, at once and for good, and lists every object that names them:
recordings, manifests and results, each with its older versions. Leaves a receipt that does not say who it was.

  --opt-out            erase the voiceprint, but keep a mark, so that no later manifest can enroll them again
  --objects            delete the objects, too: whole files, so a manifest of many people goes with all of them
  --manifests BUCKET   on AWS the stack's outputs ManifestsBucketName,
  --results BUCKET       ResultsBucketName
  --recordings BUCKET    and RecordingsBucketName
  --domain-id ID       another domain than the one named vivavoce
  --receipt FILE       where the receipt goes (erasure-TIME.json)
${COMMON_HELP}
`;

function speakerArgument([speakerId, ...more]: readonly string[]): string {
  if (speakerId === undefined || more.length > 0) {
    throw new UsageError(`Found ${more.length + (speakerId === undefined ? 0 : 1)} speaker ids, expected one.`);
  }
  if (!SPEAKER_ID.test(speakerId)) {
    throw new UsageError('Found no CustomerSpeakerId, expected the id that manifests have: letters, digits, _ and -.');
  }
  return speakerId;
}

async function checkReceipt(file: string): Promise<void> {
  if (existsSync(file)) throw new UsageError(`Found --receipt ${file}, which is there already, expected a new file.`);
  try {
    await access(dirname(file), constants.W_OK);
  } catch {
    throw new UsageError(`Found --receipt ${file}, expected a file in a directory that can be written to.`);
  }
}

const SAID = {
  DELETED: 'The speaker is deleted, and with it the voiceprint.',
  OPTED_OUT: 'The voiceprint is erased, and a mark keeps them from being enrolled again.',
  NOT_THERE: 'There is no such speaker in the domain.',
};
const AGAIN =
  "A manifest that names them, such as last week's copy in another system, would enroll them again: take them off your lists, or run this with --opt-out.";

export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parse(
    argv,
    {
      ...common,
      'domain-id': { type: 'string' },
      'opt-out': { type: 'boolean', default: false },
      objects: { type: 'boolean', default: false },
      manifests: { type: 'string' },
      results: { type: 'string' },
      recordings: { type: 'string' },
      receipt: { type: 'string' },
    },
    true,
  );
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const speakerId = speakerArgument(positionals);
  const given = domainOption(values['domain-id']);
  const buckets = bucketsOf(values);
  const erasedAt = new Date().toISOString();
  const receiptFile = values.receipt ?? receiptName(erasedAt);
  await checkReceipt(receiptFile);

  const voiceId = voiceIdClient(values);
  const s3 = s3Client(values);
  const DomainId = await domainId(voiceId, given);
  // Before the search, which may take long: nobody is recognized by it any more.
  const voiceprint = await eraseSpeaker({ DomainId, SpeakerId: speakerId }, values['opt-out'], voiceId);
  const line = progressLine('looking for what names them:');
  const found = await findObjects(speakerId, buckets, { s3, look: (count) => line.show(`${count} objects`) });
  line.end();
  const jobs = await runningJobs(DomainId, new Set(found.results.map(uriOf)), voiceId);
  const all = inOrder(found);
  const left = values.objects ? await deleteObjects(all, s3) : [];

  const deleted = values.objects ? all.length - left.length : 0;
  const receipt = receiptOf({ erasedAt, domainId: DomainId, voiceprint, found, deleted, jobs });
  await writeFile(receiptFile, `${JSON.stringify(receipt, null, 2)}\n`, { flag: 'wx' });

  const unfinished = left.length > 0 || jobs.length > 0;
  if (values.json) {
    print(JSON.stringify({ ...receipt, receipt: receiptFile, uris: [...new Set(all.map(uriOf))], left }));
    return unfinished ? 1 : 0;
  }
  print(SAID[voiceprint]);
  for (const [what, versions] of Object.entries(found)) {
    const uris = [...new Set(versions.map(uriOf))];
    print(
      `${what}: ${uris.length === 0 ? 'none' : uris.length}${values.objects && uris.length > 0 ? ', deleted' : ''}`,
    );
    for (const uri of uris) print(`  ${uri}`);
  }
  for (const object of left) print(`not deleted: ${uriOf(object)} (${object.why})`);
  if (!values.objects && all.length > 0) print('Nothing of these was deleted: --objects does, for good.');
  for (const job of jobs) print(`Job ${job} has not ended and enrolls them: run this again when it has.`);
  if (voiceprint !== 'OPTED_OUT') print(AGAIN);
  print(`receipt: ${receiptFile}`);
  return unfinished ? 1 : 0;
}
