import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientToken } from '../../../functions/enrollment/client-token.ts';
import { jobName, outputLocation, s3Uri } from '../../../functions/enrollment/output-location.ts';

const JOB_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_-]*$/;
/** Voice ID's own pattern and length for S3 URIs. */
const VOICE_ID_URI = /^s3:\/\/[a-z0-9][.\-a-z0-9]{1,61}[a-z0-9](\/.*)?$/;
const LONGEST_BUCKET = 'b'.repeat(63);

/** Keys as S3 takes them, up to 1,024 bytes: any characters, slashes and dots more often than others. */
const keys = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 60 }) },
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom('/', '//', '.', '..', '/../', '/./', '.json', 'x'.repeat(300), 'ü'.repeat(200), '\u0085'),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => `${parts.join('')}.json`)
  .filter((key) => Buffer.byteLength(key) <= 1024);

const uploads = fc.record({ bucket: fc.constant('manifests'), key: keys, version: fc.constantFrom('v1', 'v2') });

describe('outputLocation', () => {
  it.each([
    ['calls/june.json', 'calls/june/tokentokento', 'june.json'],
    ['june.json', 'june/tokentokento', 'june.json'],
    ['a b+c/ü ñ %20 (1).json', 'a b+c/ü ñ %20 (1)/tokentokento', 'ü ñ %20 (1).json'],
    ['.json', 'tokentokento', '.json'],
    ['a/.json', 'a/tokentokento', '.json'],
    ['calls.JSON', 'calls.JSON/tokentokento', 'calls.JSON.json'],
  ])('of %s is %s', (key, folder, fileName) => {
    expect(outputLocation('results', key, 'tokentokentoken')).toEqual({ bucket: 'results', folder, fileName });
  });

  it('keeps every key and URI under it within the limits of S3 and Voice ID, and without dot segments', () => {
    fc.assert(
      fc.property(uploads, (upload) => {
        const { bucket, folder, fileName } = outputLocation(LONGEST_BUCKET, upload.key, clientToken(upload));
        const longest = `${folder}/${'j'.repeat(22)}/${fileName}.out`;
        expect(Buffer.byteLength(longest)).toBeLessThanOrEqual(1024);
        for (const key of [folder, `${folder}/${fileName}`, longest]) {
          const uri = s3Uri(bucket, key);
          expect(uri.length).toBeLessThanOrEqual(1024);
          expect(uri).toMatch(VOICE_ID_URI);
          expect(key.split('/')).not.toContain('..');
          expect(key.split('/')).not.toContain('.');
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is one upload’s alone', () => {
    fc.assert(
      fc.property(uploads, uploads, (one, other) => {
        const folderOf = (upload: typeof one) => outputLocation('results', upload.key, clientToken(upload)).folder;
        const same = one.key === other.key && one.version === other.version;
        expect(folderOf(one) === folderOf(other)).toBe(same);
        // Nor does it lie in another's.
        expect(folderOf(one).startsWith(`${folderOf(other)}/`)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('tells keys apart that are cut at the same place', () => {
    const long = 'x'.repeat(900);
    const folders = ['a', 'b'].map((end) => outputLocation('results', `${long}${end}.json`, 'token').folder);
    expect(folders[0]).not.toBe(folders[1]);
    expect(folders[0]).toMatch(/^x+-[0-9a-f]{16}\/token$/);
  });
});

describe('jobName', () => {
  it.each([
    ['calls/June 2026 (final).json', 'June-2026-final-toke'],
    ['ü ñ.json', 'u-n-toke'],
    ['通話.json', 'manifest-toke'],
    ['--__--.json', 'manifest-toke'],
  ])('of %s is %s', (key, expected) => {
    expect(jobName(key, 't-o_ke')).toBe(expected);
  });

  it('is within Voice ID’s pattern', () => {
    fc.assert(
      fc.property(uploads, (upload) => {
        const name = jobName(upload.key, clientToken(upload));
        expect(name).toMatch(JOB_NAME);
        expect(name.length).toBeLessThanOrEqual(256);
      }),
    );
  });
});
