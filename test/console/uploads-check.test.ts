import { expect, it } from 'vitest';
import { check, type Dropped } from '../../console/uploads/check.ts';
import { retryName } from '../../console/uploads/retry-name.ts';
import { MAX_MANIFEST_BYTES } from '../../functions/enrollment/manifest.ts';

const recordings = { bucket: 'recordings', folder: 'monday-20261124-184510/' };
const dropped = (kind: Dropped['kind'], content: string | Uint8Array, files: Dropped['files'] = []) =>
  check({ kind, path: `x.${kind}`, bytes: Buffer.from(content), files, channelId: 0, recordings });
const latin = (text: string) => Buffer.from(text, 'latin1');

/** The problems as they are shown: place, path, message and excerpt. */
const shown = ({ problems }: ReturnType<typeof check>) =>
  problems.map(({ place, path, message, excerpt }) =>
    [place && `${place.line}:${place.column}`, path, message, excerpt?.join('|')].filter((each) => each !== undefined),
  );

it.each([
  ['', ['$', 'Found an empty file, expected a JSON manifest.']],
  ['\u0000{', ['$', 'Found UTF-16 text, expected UTF-8: save the manifest as UTF-8.']],
  [latin('{"\xfc"}'), ['$', 'Found bytes that are not UTF-8 text, expected UTF-8: save the manifest as UTF-8.']],
  [
    '{"Version": "1.0",\n  "SpeakerEnrollmentRequests": [,]}',
    [
      '2:33',
      '$',
      'Found text that is not JSON, from line 2, column 33, expected a JSON manifest.',
      '…erEnrollmentRequests": [|,|]}',
    ],
  ],
  ['[]', ['1:1', '$', 'Found an empty list, expected an object with Version and SpeakerEnrollmentRequests.', '|[|]']],
])('a manifest: %j', (content, problem) => {
  expect(shown(dropped('manifest', content))).toEqual([problem]);
});

it('a list that is not UTF-8 says how to save it; an empty one what it lacks', () => {
  expect(shown(dropped('list', latin('SpeakerId,Recording\nann,\xfc.wav')))).toEqual([
    ['Found bytes that are not UTF-8 text, expected UTF-8: save the list as CSV UTF-8.'],
  ]);
  expect(shown(dropped('list', ''))).toEqual([['1:1', expect.stringMatching(/^Found no column SpeakerId/), '||']]);
});

it('more bytes than the function reads are counted, not read', () => {
  const checked = dropped('manifest', Buffer.alloc(MAX_MANIFEST_BYTES + 1, ' '));
  expect(shown(checked)).toEqual([
    ['Found a file of 67108865 bytes, expected at most 67108864 bytes: split the manifest.'],
  ]);
  expect(checked.text).toBeUndefined();
});

it('a hundred problems are shown, all are counted', () => {
  const rows = Array.from({ length: 250 }, (_, index) => `id#${index},s3://calls/${index}.wav`);
  const checked = dropped('list', `SpeakerId,Recording\n${rows.join('\n')}`);
  expect([checked.problems.length, checked.problemCount]).toEqual([100, 250]);
});

it('a list of 12,000 speakers becomes two manifests, of whose recordings each file is uploaded once', () => {
  const files = [{ path: 'calls/shared.wav', size: 10 }];
  const rows = Array.from({ length: 12_000 }, (_, index) => `speaker-${index},shared.wav`);
  const checked = dropped('list', `SpeakerId,Recording\n${rows.join('\n')}`, files);
  expect(checked).toMatchObject({ problemCount: 0, requests: 12_000, recordings: 12_000 });
  expect(checked.uploads).toEqual([{ file: 0, key: 'monday-20261124-184510/calls/shared.wav' }]);
  expect(checked.manifests).toHaveLength(2);
});

it.each([
  ['calls/monday/Gk3/JobId/retry.json', 'monday-retry'],
  ['monday-retry/Gk3/JobId/retry.json', 'monday-retry-2'],
  ['monday-retry-9/Gk3/JobId/retry.json', 'monday-retry-10'],
  ['retry.json', 'retry'],
  ['calls/tuesday.json', 'tuesday'],
])('%s is dropped again as %s', (key, name) => {
  expect(retryName(key)).toBe(name);
});
