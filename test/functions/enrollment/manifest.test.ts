import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_LISTED_PROBLEMS, type Manifest, messageOf, readManifest } from '../../../functions/enrollment/manifest.ts';
import { manifest, request } from '../data.ts';

const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const read = (value: unknown) => readManifest(bytes(value));
const problemsOf = (value: unknown) => {
  const reading = value instanceof Uint8Array ? readManifest(value) : read(value);
  if (!('problems' in reading)) throw new Error('No problems.');
  return reading.problems.map((problem) => ({ path: problem.path, message: messageOf(problem) }));
};
/** One request with other members, in a manifest of three. */
const withRequest = (more: object) => ({
  Version: '1.0',
  SpeakerEnrollmentRequests: [request(0), request(1, more), request(2)],
});
const withRecording = (recording: unknown) => withRequest({ AudioSpecifications: [recording] });
const audio = { S3Uri: 's3://calls/a.wav', ChannelId: 0 };
const at = 'SpeakerEnrollmentRequests[1]';

describe('a manifest that keeps every rule', () => {
  it.each([
    ['of one request', manifest(1)],
    ['of 10,000 requests', manifest(10_000)],
    ['with ten recordings', withRequest({ AudioSpecifications: Array(10).fill(audio) })],
    ['with a speaker twice', withRequest({ SpeakerId: 'speaker-00000' })],
    ['with the longest speaker id', withRequest({ SpeakerId: 'a'.repeat(256) })],
    ['with channel 1 and an upper-case ending', withRecording({ S3Uri: 's3://calls/ü +%20.WAV', ChannelId: 1 })],
    ['with the longest URI', withRecording({ S3Uri: `s3://calls/${'x'.repeat(1024 - 15)}.wav`, ChannelId: 0 })],
  ])('%s comes back as it is', (_, value) => {
    expect(read(value)).toEqual({ manifest: value });
  });

  it('loses its byte order mark and the members that no rule knows', () => {
    const text = JSON.stringify({ ...withRequest({ Note: { deep: [1] } }), Comment: 'ours' });
    expect(readManifest(Buffer.from(`\ufeff${text}`))).toEqual({ manifest: withRequest({}) });
  });
});

describe('a manifest that breaks a rule', () => {
  it.each<[string, unknown, string, RegExp]>([
    ['no version', { ...manifest(), Version: undefined }, 'Version', /Found nothing, expected the string "1.0"/],
    ['another version', { ...manifest(), Version: '2.0' }, 'Version', /Found "2.0", expected/],
    ['a number for a version', { ...manifest(), Version: 1 }, 'Version', /Found a number/],
    ['no requests', { Version: '1.0' }, 'SpeakerEnrollmentRequests', /Found nothing, expected a list of 1 to 10000/],
    ['an empty list', { Version: '1.0', SpeakerEnrollmentRequests: [] }, 'SpeakerEnrollmentRequests', /an empty list/],
    ['an object', { Version: '1.0', SpeakerEnrollmentRequests: {} }, 'SpeakerEnrollmentRequests', /Found an object/],
    [
      'too many requests',
      manifest(10_001),
      'SpeakerEnrollmentRequests',
      /a list of 10001, .* split the manifest into 2/,
    ],
    ['a list for a file', [], '$', /Found an empty list, expected an object/],
    ['null for a file', null, '$', /Found null/],
    ['a null request', { Version: '1.0', SpeakerEnrollmentRequests: [null] }, 'SpeakerEnrollmentRequests[0]', /null/],
    ['no request id', withRequest({ RequestId: undefined }), `${at}.RequestId`, /Found nothing/],
    ['an empty request id', withRequest({ RequestId: '' }), `${at}.RequestId`, /Found an empty string/],
    [
      'a request id twice',
      withRequest({ RequestId: 'request-0' }),
      `${at}.RequestId`,
      /"request-0", which .*\[0\] has/,
    ],
    ['no speaker id', withRequest({ SpeakerId: undefined }), `${at}.SpeakerId`, /Found nothing/],
    ['a number for a speaker id', withRequest({ SpeakerId: 12345 }), `${at}.SpeakerId`, /Found a number/],
    ['a generated id', withRequest({ SpeakerId: 'id#abcdef' }), `${at}.SpeakerId`, /a string of 9 characters/],
    ['a long speaker id', withRequest({ SpeakerId: 'a'.repeat(257) }), `${at}.SpeakerId`, /a string of 257 characters/],
    ['a speaker id of other characters', withRequest({ SpeakerId: 'Jürgen' }), `${at}.SpeakerId`, /6 characters/],
    ['a speaker id with a line break', withRequest({ SpeakerId: 'abc\n' }), `${at}.SpeakerId`, /4 characters/],
    ['no recordings', withRequest({ AudioSpecifications: [] }), `${at}.AudioSpecifications`, /an empty list/],
    [
      'eleven recordings',
      withRequest({ AudioSpecifications: Array(11).fill(audio) }),
      `${at}.AudioSpecifications`,
      /11/,
    ],
    ['a string for a recording', withRecording('s3://calls/a.wav'), `${at}.AudioSpecifications[0]`, /16 characters/],
    ['channel 2', withRecording({ ...audio, ChannelId: 2 }), `${at}.AudioSpecifications[0].ChannelId`, /the number 2/],
    ['half a channel', withRecording({ ...audio, ChannelId: 0.5 }), `${at}.AudioSpecifications[0].ChannelId`, /0.5/],
    [
      'a string for a channel',
      withRecording({ ...audio, ChannelId: '0' }),
      `${at}.AudioSpecifications[0].ChannelId`,
      /1 c/,
    ],
    ['no channel', withRecording({ S3Uri: audio.S3Uri }), `${at}.AudioSpecifications[0].ChannelId`, /nothing/],
  ])('%s is told of', (_, value, path, message) => {
    expect(problemsOf(value)).toEqual([{ path, message: expect.stringMatching(message) }]);
  });

  it.each([
    '',
    'calls/a.wav',
    'https://calls.s3.amazonaws.com/a.wav',
    's3://calls',
    's3://calls/',
    's3://calls/.wav/',
    's3://calls/a.mp3',
    's3://calls/.wav',
    's3://Calls/a.wav',
    's3://../a.wav',
    's3://ab/a.wav',
    's3://calls/a.wav\n',
    's3://calls/a\nb.wav',
    ' s3://calls/a.wav',
    `s3://calls/${'x'.repeat(1024 - 14)}.wav`,
    `s3://${'b'.repeat(64)}/a.wav`,
  ])('the URI %j is told of', (S3Uri) => {
    const path = `${at}.AudioSpecifications[0].S3Uri`;
    expect(problemsOf(withRecording({ S3Uri, ChannelId: 0 })).map((problem) => problem.path)).toEqual([path]);
  });

  it('has all of its problems told of', () => {
    const value = {
      Version: '2.0',
      SpeakerEnrollmentRequests: [
        request(1, { SpeakerId: 'no!' }),
        request(1, { AudioSpecifications: [audio, { S3Uri: 1, ChannelId: 3 }] }),
        7,
        ...Array.from({ length: 200 }, (_, index) => request(index + 10, { RequestId: 'same' })),
      ],
    };
    const paths = problemsOf(value).map(({ path }) => path);
    expect(paths).toHaveLength(6 + 199);
    expect(paths.slice(0, 6)).toEqual([
      'Version',
      'SpeakerEnrollmentRequests[0].SpeakerId',
      'SpeakerEnrollmentRequests[1].RequestId',
      'SpeakerEnrollmentRequests[1].AudioSpecifications[1].S3Uri',
      'SpeakerEnrollmentRequests[1].AudioSpecifications[1].ChannelId',
      'SpeakerEnrollmentRequests[2]',
    ]);
  });

  it('names the request that a problem is of, where it has a name', () => {
    const reading = readManifest(bytes(withRequest({ SpeakerId: 7, RequestId: 'seventh' })));
    expect('problems' in reading && reading.problems[0]).toMatchObject({ requestId: 'seventh', found: 'a number' });
    const nameless = readManifest(bytes(withRequest({ RequestId: 7 })));
    expect('problems' in nameless && nameless.problems[0]).not.toHaveProperty('requestId');
  });

  it('never has a speaker id quoted', () => {
    const text = JSON.stringify([
      problemsOf(withRequest({ SpeakerId: 'Erika Mustermann' })),
      problemsOf(withRequest({ SpeakerId: ['Erika Mustermann'] })),
      problemsOf(
        withRequest({
          SpeakerId: 'Erika Mustermann',
          RequestId: 'request-0',
          AudioSpecifications: [{ S3Uri: 's3://calls/Erika Mustermann/1.mp3', ChannelId: 'Erika Mustermann' }],
        }),
      ),
      problemsOf({ Version: '1.0', SpeakerEnrollmentRequests: ['Erika Mustermann'] }),
      problemsOf('{"Version": "1.0", "SpeakerEnrollmentRequests": [{"SpeakerId": "Erika Mustermann" "'),
    ]);
    expect(text).not.toContain('Mustermann');
    expect(text).toContain('s3://calls/[speaker]/1.mp3');
  });
});

describe('a file that is no manifest', () => {
  const text = JSON.stringify(manifest());
  const utf16be = Buffer.from(`\ufeff${text}`, 'utf16le').swap16();
  it.each<[string, Uint8Array, RegExp]>([
    ['empty', new Uint8Array(), /an empty file/],
    ['white space', Buffer.from(' \n'), /text that is not JSON, from line 2, column 1/],
    ['a comma too many', Buffer.from('{\r\n  "Version": "1.0",\r\n}'), /from line 3, column 1,/],
    ['cut off', Buffer.from(text.slice(0, -1)), /text that is not JSON, from line 1, column \d+, expected/],
    ['UTF-16 with a mark', Buffer.from(`\ufeff${text}`, 'utf16le'), /UTF-16 text, expected UTF-8/],
    ['UTF-16 without a mark', Buffer.from(text, 'utf16le'), /UTF-16 text/],
    ['big-endian UTF-16', utf16be, /UTF-16 text/],
    ['big-endian UTF-16 without a mark', utf16be.subarray(2), /UTF-16 text/],
    ['Latin-1', Buffer.from(JSON.stringify({ Version: 'ü' }), 'latin1'), /not UTF-8/],
    ['a WAV file', Buffer.from('RIFF\u0010\u0000\u0000\u0000WAVEfmt '), /text that is not JSON/],
    ['lists in lists', Buffer.from('['.repeat(10_000_000)), /nests 10000000 deep/],
    ['objects in objects', Buffer.from('{"a":'.repeat(100_000)), /nests 100000 deep/],
    ['millions of values', Buffer.from(`[${'[],'.repeat(600_000)}[]]`), /more than 1000000 values/],
  ])('%s is told of by name', (_, file, message) => {
    expect(problemsOf(file)).toEqual([{ path: '$', message: expect.stringMatching(message) }]);
  });

  it('costs no more memory than its problems may', () => {
    const reading = read(`{"Version":"1.0","SpeakerEnrollmentRequests":[${'0,'.repeat(900_000)}0]}`);
    if (!('problems' in reading)) throw new Error('No problems.');
    expect(reading.problems).toHaveLength(MAX_LISTED_PROBLEMS);
    expect(reading.problemCount).toBe(900_002);
  });
});

describe('members that come twice', () => {
  it.each([
    ['"SpeakerId":"speaker-1","SpeakerId":"speaker-2"', 'SpeakerEnrollmentRequests[0].SpeakerId'],
    ['"SpeakerId":"speaker-1","\\u0053peakerId":"speaker-2"', 'SpeakerEnrollmentRequests[0].SpeakerId'],
  ])('%s are refused', (members, path) => {
    const text = `{"Version":"1.0","SpeakerEnrollmentRequests":[{"RequestId":"r",${members},
      "AudioSpecifications":[{"S3Uri":"s3://calls/a.wav","ChannelId":0}]}]}`;
    expect(problemsOf(text)).toEqual([{ path, message: 'Found the member again, expected each member once.' }]);
  });

  it('are of no matter where no rule knows them', () => {
    const text = JSON.stringify(manifest());
    expect(read(text.replace('{', '{"x":{"SpeakerId":1,"SpeakerId":2},"x":3,'))).toEqual({ manifest: manifest() });
  });
});

it('is not fooled by __proto__', () => {
  const inherited = `{"__proto__":${JSON.stringify(manifest())}}`;
  expect(problemsOf(inherited).map(({ path }) => path)).toEqual(['Version', 'SpeakerEnrollmentRequests']);
  const polluting = JSON.stringify(manifest()).replace('{', '{"__proto__":{"polluted":true},"constructor":{},');
  expect(read(polluting)).toEqual({ manifest: manifest() });
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
});

describe('properties', () => {
  const requests = fc.record({
    RequestId: fc.string({ unit: 'binary', minLength: 1 }),
    SpeakerId: fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,255}$/),
    AudioSpecifications: fc.array(
      fc.record({
        S3Uri: fc.stringMatching(/^s3:\/\/[a-z0-9][.\-a-z0-9]{1,61}[a-z0-9]\/.{0,200}[^/\n\r\u2028\u2029]\.wav$/u),
        ChannelId: fc.constantFrom(0, 1),
      }),
      { minLength: 1, maxLength: 10 },
    ),
  });
  const manifests: fc.Arbitrary<Manifest> = fc.record({
    Version: fc.constant('1.0' as const),
    SpeakerEnrollmentRequests: fc.uniqueArray(requests, { selector: (r) => r.RequestId, minLength: 1, maxLength: 5 }),
  });

  it('a manifest that keeps the rules comes back, however its JSON is written', () => {
    fc.assert(
      fc.property(manifests, fc.constantFrom(undefined, 2, '\t'), fc.boolean(), (value, indent, mark) => {
        const text = (mark ? '\ufeff' : '') + JSON.stringify(value, null, indent);
        expect(readManifest(Buffer.from(text))).toEqual({ manifest: value });
      }),
    );
  });

  it('any bytes, and any manifest with bytes changed, are a sound manifest or problems', () => {
    const changed = fc
      .tuple(manifests, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }))
      .map(([value, changes]) => {
        const file = bytes(value);
        for (const [index, byte] of changes) file[index % file.length] = byte;
        return file;
      });
    fc.assert(
      fc.property(fc.oneof(changed, fc.uint8Array()), (file) => {
        const reading = readManifest(file);
        if ('problems' in reading) expect(reading.problemCount).toBeGreaterThan(0);
        else expect(read(reading.manifest)).toEqual(reading);
      }),
      { numRuns: 1000 },
    );
  });

  it('any JSON is a sound manifest or problems', () => {
    fc.assert(
      fc.property(fc.jsonValue({ depthSize: 'large' }), (value) => {
        expect(problemsOf(JSON.stringify(value)).length).toBeGreaterThan(0);
      }),
    );
  });
});
