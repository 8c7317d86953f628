import { readFile, stat } from 'node:fs/promises';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { CommandError } from '../errors.ts';
import { manifestKeys } from '../manifest-keys.ts';
import type { ListedRecording } from './list.ts';

/** How many files are on their way at once. */
const AT_ONCE = 8;

async function checkFile(path: string, where: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === true) return;
  throw new CommandError(`Nothing was uploaded: ${where} names ${path}, which is no file that can be read.`);
}

/**
 * Uploads the recordings that are files, when all of them are found to be there; each once, though it may be listed often.
 * @returns the list with their URIs in place of their paths.
 */
export async function uploadFiles(
  recordings: readonly ListedRecording[],
  { bucket, prefix }: { bucket: string; prefix: string },
  s3: S3Client,
  progress: (done: number, all: number) => void,
): Promise<ListedRecording[]> {
  const files = new Map(
    recordings.filter(({ recording }) => !recording.startsWith('s3://')).map((each) => [each.recording, each.where]),
  );
  const paths = [...files.keys()];
  for (const [path, where] of files) await checkFile(path, where);
  const keys = manifestKeys(paths);
  const keyOf = new Map(paths.map((path, index) => [path, `${prefix}${keys[index]}`]));
  let done = 0;
  const waiting = keyOf.entries();
  const work = async () => {
    for (const [path, key] of waiting) {
      // Whole, not as a stream: what was sent can be sent again.
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: await readFile(path) }));
      progress(++done, paths.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return recordings.map((each) => {
    const key = keyOf.get(each.recording);
    return key === undefined ? each : { ...each, recording: `s3://${bucket}/${key}` };
  });
}
