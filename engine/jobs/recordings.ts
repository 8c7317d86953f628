import type { S3Client } from '@aws-sdk/client-s3';
import { UnusableRecordingError } from '../audio/errors.ts';
import { conversion } from '../audio/wav.ts';
import type { Recording } from '../voiceprint/recording.ts';
import type { AudioSpecification } from './manifest.ts';
import { parseS3Uri, readPart } from './read-object.ts';
import { refusalOf } from './s3-errors.ts';

/** Bytes of a recording that are fetched before anybody listens: a minute of telephone speech in PCM-16. */
const FIRST_BYTES = 1024 * 1024;

const refusal = (uri: string, found: string, advice = '') =>
  new UnusableRecordingError(
    `The recording ${uri} can't be read: found ${found}, expected a .wav file that the data-access role may read${advice}.`,
  );

/** What recordings are in that are no WAV files, by the ends of their names. */
const FOREIGN = /\.(?:mp3|ogg|oga|opus|flac|m4a|mp4|aac|amr|wma|webm|g729|gsm|au|raw|vox)$/i;

async function fetchRecording(
  { S3Uri: uri, ChannelId: channelId }: AudioSpecification,
  s3: S3Client,
): Promise<Recording> {
  const location = parseS3Uri(uri);
  if (location === undefined || !/\.wav$/i.test(location.key)) {
    throw refusal(uri, 'no URI of a .wav file', FOREIGN.test(uri) ? `: ${conversion(uri)}` : '');
  }
  const part = async (from: number, to: number, eTag?: string) => {
    try {
      return await readPart(location, { from, to, eTag }, s3);
    } catch (error) {
      const found = refusalOf(error);
      if (found === undefined) throw error;
      throw refusal(uri, found);
    }
  };
  const { bytes, size, eTag } = await part(0, FIRST_BYTES);
  return { uri, channelId, bytes, size, read: async (from, to) => (await part(from, to, eTag)).bytes };
}

/**
 * A request's recordings, in order: the beginning of each, and of the next one while somebody listens to it. So a request
 * holds two megabytes and the piece that is listened to, however long its recordings are.
 */
export async function* recordings(
  specifications: readonly AudioSpecification[],
  s3: S3Client,
): AsyncGenerator<Recording, void, undefined> {
  let next: Promise<Recording> | undefined;
  const fetch = (index: number) => {
    const specification = specifications[index];
    next = specification && fetchRecording(specification, s3);
    // Whoever asks for it hears of its error; where nobody does any more, nobody needs to.
    next?.catch(() => undefined);
  };
  fetch(0);
  for (const index of specifications.keys()) {
    const current = await next;
    fetch(index + 1);
    if (current !== undefined) yield current;
  }
}
