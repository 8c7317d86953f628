import { expect, test } from 'vitest';
import { createParts } from '../../local/parts.ts';

test('parts say whether they are ready, and stop in the order in which they stand on each other', async () => {
  const stopped: string[] = [];
  const part = (value: string) => ({ value, stop: () => void stopped.push(value) });
  const parts = createParts();
  expect(await parts.start('first', part('first'))).toBe('first');
  await parts.start('second', Promise.resolve(part('second')));
  const { promise, resolve: ready } = Promise.withResolvers<{ value: string }>();
  const third = parts.start('third', promise);
  expect(parts.states()).toEqual({ first: 'ready', second: 'ready', third: 'starting' });
  ready({ value: 'third' });
  await third;
  expect(parts.states()).toMatchObject({ third: 'ready' });
  await parts.stop();
  await parts.stop();
  expect(stopped).toEqual(['second', 'first']);
});

test('a part that can’t start is not stopped, those before it are', async () => {
  const parts = createParts();
  const stopped: string[] = [];
  await parts.start('first', { value: 1, stop: () => void stopped.push('first') });
  await expect(parts.start('second', Promise.reject(new Error('taken')))).rejects.toThrow('taken');
  await parts.stop();
  expect(stopped).toEqual(['first']);
});

test('a part that is starting still, when another fails, is waited for and stopped', async () => {
  const parts = createParts();
  const stopped: string[] = [];
  const { promise, resolve: ready } = Promise.withResolvers<{ value: number; stop: () => void }>();
  const slow = parts.start('slow', promise);
  await expect(parts.start('quick', Promise.reject(new Error('taken')))).rejects.toThrow('taken');
  const stopping = parts.stop();
  ready({ value: 1, stop: () => void stopped.push('slow') });
  await Promise.all([slow, stopping]);
  expect(stopped).toEqual(['slow']);
});
