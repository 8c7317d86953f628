import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkLength, readBody, Unvouched } from '../../../engine/api/body.ts';

const MINUTE = 60_000;
const stream = (...pieces: string[]) => new Blob(pieces).stream();
/** Gives its pieces and then nothing, not even an end. */
const stuck = (...pieces: string[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(Buffer.from(piece));
    },
  });

describe('a body', () => {
  it('comes with its hash', async () => {
    const { bytes, hash } = await readBody(stream('one', 'two'), { most: 6, within: MINUTE });
    expect(Buffer.from(bytes).toString()).toBe('onetwo');
    expect(hash).toBe(createHash('sha256').update('onetwo').digest('hex'));
    expect((await readBody(null, { most: 0, within: MINUTE })).bytes).toHaveLength(0);
  });

  it('that is longer than allowed is not read on, whether its length was said or not', async () => {
    await expect(readBody(stuck('onetwo', '3'), { most: 6, within: MINUTE })).rejects.toMatchObject({
      statusCode: 413,
    });
    expect(() => checkLength('7', 6)).toThrow(/found a body of 7 bytes, expected at most 6/i);
    expect(() => checkLength('6', 6)).not.toThrow();
    expect(() => checkLength(undefined, 6)).not.toThrow();
  });

  it('that does not come is cut off', async () => {
    await expect(readBody(stuck('one'), { most: 6, within: 1 })).rejects.toMatchObject({ statusCode: 408 });
  });

  it('that breaks off is the client’s fault', async () => {
    const broken = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error('reset')) });
    await expect(readBody(broken, { most: 6, within: MINUTE })).rejects.toMatchObject({ statusCode: 400 });
  });

  it('of anybody has its share of the memory for such, and gives it back', async () => {
    const unvouched = new Unvouched(10);
    const limits = { most: 8, within: MINUTE, unvouched };
    const waiting = new AbortController();
    const held = readBody(
      new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(Buffer.from('12345678'));
          waiting.signal.addEventListener('abort', () => controller.close());
        },
      }),
      limits,
    );
    await new Promise((resolve) => setImmediate(resolve));
    await expect(readBody(stream('345'), limits)).rejects.toMatchObject({ name: 'ThrottlingException' });
    waiting.abort();
    await held;
    await readBody(stream('12345678'), limits);
  });
});
