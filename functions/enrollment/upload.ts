import * as z from 'zod';
import { UnrecognizedEventError } from './errors.ts';

/** One upload of one manifest. The same upload, however often delivered, has the same bucket, key and version. */
export interface Upload {
  bucket: string;
  /** The object's key as S3 stores it, decoded. */
  key: string;
  /** The object's version id, or the event's sequencer in a bucket without versions. */
  version: string;
  versionId?: string;
  eTag?: string;
}

/** An id that some stores leave empty or null. */
const id = z
  .string()
  .nullish()
  .transform((value) => (value === null || value === '' ? undefined : value));

/** EventBridge gives the key raw. */
const objectCreated = z.object({
  source: z.literal('aws.s3'),
  'detail-type': z.literal('Object Created'),
  detail: z.object({
    bucket: z.object({ name: z.string().min(1) }),
    object: z.object({
      key: z.string().min(1),
      etag: id,
      'version-id': id,
      sequencer: id,
    }),
  }),
});

/** S3's own notifications give the key as a form encodes it: `+` for a space, `%XX` for the rest. */
const notification = z.object({
  Records: z
    .array(
      z.object({
        eventSource: z.literal('aws:s3'),
        eventName: z.string().startsWith('ObjectCreated:'),
        s3: z.object({
          bucket: z.object({ name: z.string().min(1) }),
          object: z.object({
            key: z.string().min(1),
            eTag: id,
            versionId: id,
            sequencer: id,
          }),
        }),
      }),
    )
    .min(1),
});

/** What S3 sends once when a notification is configured. */
const testEvent = z.object({ Service: z.literal('Amazon S3'), Event: z.literal('s3:TestEvent') });

/** An object key out of an S3 notification, as it is stored. Throws where the encoding is broken. */
export function decodeNotificationKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch (cause) {
    throw new UnrecognizedEventError(`The object key '${key}' is not URL-encoded as S3 notifications are.`, { cause });
  }
}

function upload(bucket: string, key: string, eTag?: string, versionId?: string, sequencer?: string): Upload {
  // An unversioned object in a bucket whose versioning was suspended has the version id 'null', which every
  // later upload of it shares: the sequencer tells them apart.
  const own = versionId === 'null' ? undefined : versionId;
  const version = own ?? sequencer ?? eTag;
  if (version === undefined) {
    throw new UnrecognizedEventError('An object-created event without version id, sequencer or ETag names no upload.');
  }
  return {
    bucket,
    key,
    version,
    ...(own !== undefined && { versionId: own }),
    ...(eTag !== undefined && { eTag: eTag.replaceAll('"', '') }),
  };
}

/**
 * The uploads that an event tells of: an EventBridge `Object Created` event or an S3 notification, as JSON values.
 * `s3:TestEvent` tells of none.
 * @throws UnrecognizedEventError for anything else.
 */
export function uploadsOf(event: unknown): Upload[] {
  if (testEvent.safeParse(event).success) return [];
  const created = objectCreated.safeParse(event);
  if (created.success) {
    const { bucket, object } = created.data.detail;
    return [upload(bucket.name, object.key, object.etag, object['version-id'], object.sequencer)];
  }
  const notified = notification.safeParse(event);
  if (notified.success) {
    return notified.data.Records.map(({ s3: { bucket, object } }) =>
      upload(bucket.name, decodeNotificationKey(object.key), object.eTag, object.versionId, object.sequencer),
    );
  }
  throw new UnrecognizedEventError(
    "The event is neither an EventBridge 'Object Created' event nor an S3 'ObjectCreated' notification.",
  );
}
