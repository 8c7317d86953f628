import { expect, it } from 'vitest';
import { sharedLook } from '../../clients/shared-look.ts';

it('asks once for all that look within the time, and again after it', async () => {
  let now = 0;
  const asked: string[] = [];
  const shared = sharedLook<number>(2000, () => now);
  const look = (key: string) => shared(key, async () => asked.push(key));
  await Promise.all([look('a'), look('a'), look('b')]);
  now = 1999;
  expect(await look('a')).toBe(1);
  now = 2000;
  expect(await look('a')).toBe(3);
  expect(asked).toEqual(['a', 'b', 'a']);
});

it('never asks a second time while an answer is on its way, however late it is', async () => {
  let now = 0;
  let answer: (text: string) => void = () => undefined;
  let asked = 0;
  const look = sharedLook<string>(2000, () => now);
  const ask = () => {
    asked++;
    return new Promise<string>((resolve) => {
      answer = resolve;
    });
  };
  const first = look('a', ask);
  now = 60_000;
  const second = look('a', ask);
  answer('late');
  expect(await Promise.all([first, second])).toEqual(['late', 'late']);
  expect(asked).toBe(1);
});

it('gives an error to all that look, and asks again after the time', async () => {
  let now = 0;
  let asked = 0;
  const shared = sharedLook<string>(2000, () => now);
  const ask = async () => {
    if (++asked === 1) throw new Error('throttled');
    return 'fine';
  };
  const look = (key: string) => shared(key, ask);
  await expect(look('a')).rejects.toThrow('throttled');
  await expect(look('a')).rejects.toThrow('throttled');
  now = 2000;
  expect(await look('a')).toBe('fine');
});
