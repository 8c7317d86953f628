import { paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { SPEAKER_ID } from '../speaker-id.ts';
import { type ListedRecording, type ListProblem, type ListReading, SPEAKER_ID_EXPECTED } from './list.ts';

/** A folder for each speaker. */
export const FOLDER_A_SPEAKER = /^([^/]+)\//;
/** A request has at most ten recordings. */
const MOST_RECORDINGS = 10;

/**
 * The .wav objects under a prefix, in the order of their keys, ten a speaker.
 * @param speaker finds the speaker's id, its only group, in a key after the prefix.
 */
export async function listPrefix(
  { bucket, prefix, speaker, channelId }: { bucket: string; prefix: string; speaker: RegExp; channelId: 0 | 1 },
  s3: S3Client,
): Promise<ListReading> {
  const recordings: ListedRecording[] = [];
  const problems: ListProblem[] = [];
  const counts = new Map<string, number>();
  let others = 0;
  let beyond = 0;
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
    for (const { Key = '' } of Contents) {
      const speakerId = speaker.exec(Key.slice(prefix.length))?.[1];
      if (speakerId === undefined || !/[^/]\.wav$/i.test(Key)) {
        others++;
        continue;
      }
      const where = `object ${recordings.length + problems.length + others + beyond + 1} of the listing`;
      if (!SPEAKER_ID.test(speakerId)) {
        const message = `Found a speaker id of ${speakerId.length} characters, expected ${SPEAKER_ID_EXPECTED}.`;
        problems.push({ where, message });
        continue;
      }
      const count = (counts.get(speakerId) ?? 0) + 1;
      counts.set(speakerId, count);
      if (count > MOST_RECORDINGS) beyond++;
      else recordings.push({ where, speakerId, recording: `s3://${bucket}/${Key}`, channelId });
    }
  }
  if (problems.length > 0) return { problems };
  if (recordings.length === 0) {
    const message = `Found no .wav object of a speaker among ${others}, expected a folder for each speaker, or --speaker.`;
    return { problems: [{ where: `s3://${bucket}/${prefix}`, message }] };
  }
  const skipped = [
    ...(others > 0 ? [`${others} objects that are no .wav file of a speaker`] : []),
    ...(beyond > 0 ? [`${beyond} recordings beyond the first ten of their speaker`] : []),
  ];
  return { recordings, skipped };
}
