import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientToken } from '../../../functions/enrollment/client-token.ts';
import { UnrecognizedEventError } from '../../../functions/enrollment/errors.ts';
import { decodeNotificationKey, type Upload, uploadsOf } from '../../../functions/enrollment/upload.ts';

interface S3Object {
  key: string;
  eTag?: string;
  versionId?: string | null;
  sequencer?: string;
}

/** EventBridge's event: the key raw. */
const fromEventBridge = ({ key, eTag, versionId, sequencer }: S3Object) => ({
  version: '0',
  source: 'aws.s3',
  'detail-type': 'Object Created',
  detail: {
    bucket: { name: 'manifests' },
    object: { key, etag: eTag, 'version-id': versionId, sequencer, size: 1 },
    reason: 'PutObject',
  },
});

/** S3's notification: the key as a form encodes it. */
const fromS3 = (...objects: S3Object[]) => ({
  Records: objects.map(({ key, eTag, versionId, sequencer }) => ({
    eventSource: 'aws:s3',
    eventName: 'ObjectCreated:Put',
    s3: {
      bucket: { name: 'manifests' },
      object: { key: encodeURIComponent(key).replaceAll('%20', '+'), eTag, versionId, sequencer, size: 1 },
    },
  })),
});

/** Any text that UTF-8 can encode. */
const keys = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 });

describe('uploadsOf', () => {
  it.each([
    ['spaces and pluses', 'a b+c/d e.json', 'a+b%2Bc/d+e.json'],
    ['percent signs', '100%25 (1).json', '100%2525+%281%29.json'],
    ['Japanese', '通話/六月.json', '%E9%80%9A%E8%A9%B1/%E5%85%AD%E6%9C%88.json'],
    ['separators', '=&;?#.json', '%3D%26%3B%3F%23.json'],
  ])('decodes %s in a notification and nothing in an EventBridge event', (_, raw, encoded) => {
    const [notified] = uploadsOf({
      Records: [
        {
          eventSource: 'aws:s3',
          eventName: 'ObjectCreated:CompleteMultipartUpload',
          s3: { bucket: { name: 'manifests' }, object: { key: encoded, versionId: 'v1' } },
        },
      ],
    });
    const [created] = uploadsOf(fromEventBridge({ key: raw, versionId: 'v1' }));
    const [undecoded] = uploadsOf(fromEventBridge({ key: encoded, versionId: 'v1' }));
    expect([notified?.key, created?.key, undecoded?.key]).toEqual([raw, raw, encoded]);
  });

  it('gets the same upload, whatever its key, from both shapes', () => {
    fc.assert(
      fc.property(keys, fc.option(fc.constant('v7'), { nil: undefined }), (key, versionId) => {
        const object = { key, eTag: 'e7', sequencer: '0055', ...(versionId !== undefined && { versionId }) };
        expect(uploadsOf(fromS3(object))).toEqual(uploadsOf(fromEventBridge(object)));
      }),
    );
  });

  it.each<[string, Partial<S3Object>, Partial<Upload>]>([
    [
      'version id',
      { versionId: 'v7', sequencer: '0055', eTag: '"e7"' },
      { version: 'v7', versionId: 'v7', eTag: 'e7' },
    ],
    ['sequencer without versions', { sequencer: '0055', eTag: 'e7' }, { version: '0055', eTag: 'e7' }],
    ['sequencer with versions suspended', { versionId: 'null', sequencer: '0055' }, { version: '0055' }],
    ['sequencer with an empty version id', { versionId: '', sequencer: '0055' }, { version: '0055' }],
    ['sequencer with no version id', { versionId: null, sequencer: '0055' }, { version: '0055' }],
    ['ETag where there is nothing else', { eTag: 'e7' }, { version: 'e7', eTag: 'e7' }],
  ])('knows an upload by its %s', (_, object, expected) => {
    const upload = { bucket: 'manifests', key: 'k.json', ...expected };
    expect(uploadsOf(fromEventBridge({ key: 'k.json', ...object }))).toEqual([upload]);
    expect(uploadsOf(fromS3({ key: 'k.json', ...object }))).toEqual([upload]);
  });

  it('gets every record of a notification, and none from a test event', () => {
    const two = uploadsOf(fromS3({ key: 'a.json', versionId: 'v1' }, { key: 'b.json', versionId: 'v1' }));
    expect(two.map(({ key }) => key)).toEqual(['a.json', 'b.json']);
    expect(uploadsOf({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'manifests' })).toEqual([]);
  });

  it.each([
    ['nothing', undefined],
    ['a string', 'Object Created'],
    ['an empty batch', { Records: [] }],
    ['a deletion', { ...fromEventBridge({ key: 'k', versionId: 'v' }), 'detail-type': 'Object Deleted' }],
    ['another service', { ...fromEventBridge({ key: 'k', versionId: 'v' }), source: 'aws.ec2' }],
    ['an object without a key', fromEventBridge({ key: '', versionId: 'v' })],
    ['an object without any version', fromEventBridge({ key: 'k' })],
    ['a broken encoding', { Records: [{ ...fromS3({ key: 'k' }).Records[0], s3: broken('%E9%80') }] }],
  ])('refuses %s by name', (_, event) => {
    expect(() => uploadsOf(event)).toThrow(UnrecognizedEventError);
  });

  it('answers anything with uploads or an error by name', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (event) => {
        try {
          expect(uploadsOf(event)).toEqual([]);
        } catch (error) {
          expect(error).toBeInstanceOf(UnrecognizedEventError);
        }
      }),
    );
  });
});

const broken = (key: string) => ({ bucket: { name: 'manifests' }, object: { key, versionId: 'v' } });

describe('decodeNotificationKey', () => {
  it('is the inverse of the encoding', () => {
    fc.assert(
      fc.property(keys, (key) => {
        expect(decodeNotificationKey(encodeURIComponent(key).replaceAll('%20', '+'))).toBe(key);
        expect(decodeNotificationKey(encodeURIComponent(key).replaceAll('%2F', '/'))).toBe(key);
      }),
    );
  });
});

describe('clientToken', () => {
  const uploads = fc.record({ bucket: fc.constantFrom('a', 'ab'), key: keys, version: fc.string({ minLength: 1 }) });

  it('is a client token and an execution name', () => {
    fc.assert(
      fc.property(uploads, (upload) => {
        expect(clientToken(upload)).toMatch(/^[a-zA-Z0-9-_]{43}$/);
      }),
    );
  });

  it('is the same for the same upload and another for another', () => {
    fc.assert(
      fc.property(uploads, uploads, (one, other) => {
        const same = one.bucket === other.bucket && one.key === other.key && one.version === other.version;
        expect(clientToken(one) === clientToken({ ...other, eTag: 'whatever' })).toBe(same);
      }),
    );
    // Where one part ends and the next begins matters.
    expect(clientToken({ bucket: 'a', key: 'bc', version: 'd' })).not.toBe(
      clientToken({ bucket: 'ab', key: 'c', version: 'd' }),
    );
  });
});
