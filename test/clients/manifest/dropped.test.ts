import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFileOf, listOfFolder, sortOut } from '../../../clients/manifest/dropped.ts';
import { readCsvList } from '../../../clients/manifest/from-csv.ts';

const files = (...paths: string[]) => paths.map((path) => ({ path, size: path.includes('empty') ? 0 : 1000 }));

test.each([
  [['calls.json'], { kind: 'manifest', file: 0 }],
  [['m/.DS_Store', 'm/ann/1.wav', 'm/list.CSV', 'm/old.json'], { kind: 'list', file: 2 }],
  [['ann/1.wav', 'ann/notes.json'], { kind: 'folder' }],
  [['a.csv', 'b.csv'], { kind: 'nothing', message: 'Found 2 lists, expected one at a time.' }],
  [['a.json', 'b.json'], { kind: 'nothing', message: 'Found 2 manifests, expected one at a time.' }],
  [['x/call.mp3'], { kind: 'nothing', message: expect.stringMatching(/^Found 'call.mp3', expected a manifest/) }],
  [['.DS_Store'], { kind: 'nothing', message: expect.stringMatching(/^Found 0 files/) }],
])('%j', (paths, expected) => {
  expect(sortOut(paths)).toEqual(expected);
});

test('a folder for each speaker becomes a list, and what it leaves out is said', () => {
  const many = Array.from({ length: 12 }, (_, index) => `m/ben/${String(index).padStart(2, '0')}.wav`);
  const { csv, leftOut } = listOfFolder(
    files(
      'm/ann/1.wav',
      ...many,
      'm/stray.wav',
      'm/ann/empty.wav',
      'm/ann/notes.txt',
      'm/.DS_Store',
      'm/a "b", c/x.wav',
    ),
  );
  const rows = csv.trimEnd().split('\n');
  expect(rows.slice(0, 4)).toEqual([
    'SpeakerId,Recording',
    '"a ""b"", c","m/a ""b"", c/x.wav"',
    'ann,m/ann/1.wav',
    'ben,m/ben/00.wav',
  ]);
  expect(rows).toHaveLength(13);
  expect(leftOut).toEqual([
    'm/stray.wav: in no folder of a speaker',
    'm/ann/empty.wav: an empty file',
    '2 recordings of ben, beyond the first ten of a speaker',
    '1 file that is no .wav',
  ]);
});

test('folders of speakers need no folder around them; the folder of one speaker is the speaker’s', () => {
  expect(listOfFolder(files('ann/1.wav', 'ben/1.wav')).csv).toContain('ann,ann/1.wav\nben,ben/1.wav\n');
  expect(listOfFolder(files('ann/1.wav', 'ann/2.wav')).csv).toContain('ann,ann/1.wav\nann,ann/2.wav\n');
});

test('whatever folders are called, their list is read as it was meant', () => {
  const segment = fc.string({ unit: fc.constantFrom('a', '"', ',', ' ', 'ü', '\n'), minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.uniqueArray(segment, { minLength: 2, maxLength: 6 }), (names) => {
      const dropped = files(...names.map((name) => `${name}/call.wav`));
      const reading = readCsvList(listOfFolder(dropped).csv, createFileOf(dropped, ''));
      const found = 'problems' in reading ? reading.problems.map(({ message }) => message) : [];
      // Whichever can't be a speaker's id is said to be none; that is all.
      for (const message of found) expect(message).toMatch(/^Found a SpeakerId of/);
    }),
  );
});

test.each([
  ['m/list.csv', 'ann/1.wav', 'm/ann/1.wav'],
  ['m/lists/list.csv', '../ann/1.wav', 'm/ann/1.wav'],
  ['m/list.csv', 'ann\\1.wav', 'm/ann/1.wav'],
  ['list.csv', 'ann/1.wav', 'm/ann/1.wav'],
  ['list.csv', 'm/ann/1.wav', 'm/ann/1.wav'],
  ['m/list.csv', 'u\u0308.wav', 'm/\u00fc.wav'],
])('%s names %s', (list, path, expected) => {
  expect(createFileOf(files('m/ann/1.wav', 'm/ben/1.wav', 'm/\u00fc.wav'), list)(path)).toBe(expected);
});

test('a recording that is not there, is empty, or may be one of several is a problem', () => {
  const fileOf = createFileOf(files('m/ann/1.wav', 'm/ben/1.wav', 'm/empty.wav'), 'list.csv');
  expect(fileOf('2.wav')).toEqual({
    message: "Found the Recording '2.wav', which is not there, expected one of the 3 files that were dropped.",
  });
  expect(fileOf('1.wav')).toEqual({ message: "Found the Recording '1.wav' in 2 folders, expected its folder, too." });
  expect(fileOf('empty.wav')).toMatchObject({ message: expect.stringContaining('an empty file') });
  expect(createFileOf([], 'list.csv')('1.wav')).toMatchObject({ message: expect.stringContaining('or an s3:// URI') });
});
