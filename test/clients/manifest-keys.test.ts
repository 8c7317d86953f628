import { basename, resolve } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { manifestKeys } from '../../clients/manifest-keys.ts';

test('a file’s name, and as many of the folders above as tell two apart', () => {
  expect(manifestKeys(['x/y/monday.json'])).toEqual(['monday.json']);
  expect(manifestKeys(['a/monday.json', 'b/monday.json', 'c/tuesday.json'])).toEqual([
    'a/monday.json',
    'b/monday.json',
    'tuesday.json',
  ]);
  expect(manifestKeys(['1/a/monday.json', '2/a/monday.json'])).toEqual(['1/a/monday.json', '2/a/monday.json']);
  expect(() => manifestKeys(['a/monday.json', './a/../a/monday.json'])).toThrow('twice');
});

test('are never the same for two files, and end in the file’s name', () => {
  const name = fc.constantFrom('a', 'b', 'a.json', '..', '.');
  const path = fc.array(name, { maxLength: 4 }).map((folders) => ['/r', ...folders, 'm.json'].join('/'));
  fc.assert(
    fc.property(fc.uniqueArray(path, { selector: (each) => resolve(each), maxLength: 6 }), (files) => {
      const keys = manifestKeys(files);
      expect(new Set(keys).size).toBe(files.length);
      for (const [index, key] of keys.entries()) {
        expect(basename(key)).toBe(basename(files[index] ?? ''));
        expect(`/${key}`.split('/')).not.toContain('..');
      }
    }),
  );
});
