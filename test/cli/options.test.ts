import { expect, test } from 'vitest';
import { common, parse } from '../../cli/options.ts';

test.each(['-X', '--'])('an upload whose id begins with %s is taken for what it is', (begin) => {
  const id = begin.padEnd(43, 'a-Z_9');
  const { values, positionals } = parse([id, '--json', '--region', 'eu-west-1'], common, true);
  expect(positionals).toEqual([id]);
  expect(values).toMatchObject({ json: true, region: 'eu-west-1' });
});

test('an option that is not known is an error, as ever', () => {
  expect(() => parse(['-X'], common, true)).toThrow(/Unknown option '-X'/);
});
