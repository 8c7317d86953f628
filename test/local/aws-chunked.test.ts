import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AwsChunkedDecoder } from '../../local/aws-chunked.ts';

function checksum(data: Uint8Array): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(data));
  return bytes.toString('base64');
}

function encode(chunks: readonly Uint8Array[], trailer: string): Buffer {
  const parts = chunks.flatMap((each) => [`${each.length.toString(16)}\r\n`, each, '\r\n']);
  return Buffer.concat([...parts, `0\r\n${trailer}\r\n`].map((part) => Buffer.from(part)));
}

async function decode(body: Buffer, length: number, pieces: readonly number[] = []): Promise<Buffer> {
  const cuts = [0, ...pieces.map((cut) => cut % (body.length + 1)).toSorted((a, b) => a - b), body.length];
  const source = Readable.from(cuts.slice(1).map((cut, index) => body.subarray(cuts[index], cut)));
  return Buffer.concat(await source.pipe(new AwsChunkedDecoder(length)).toArray());
}

const chunk = fc.uint8Array({ minLength: 1, maxLength: 40 });

test('a body comes out as it went in, whatever its chunks and the pieces it arrives in', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(chunk, { maxLength: 5 }), fc.array(fc.nat(), { maxLength: 9 }), async (chunks, cuts) => {
      const whole = Buffer.concat(chunks);
      const body = encode(chunks, `x-amz-checksum-crc32:${checksum(whole)}\r\n`);
      expect(await decode(body, whole.length, cuts)).toEqual(whole);
    }),
  );
});

test('a body that was cut off, or is another than its checksum’s, is refused', async () => {
  const data = Buffer.from('a recording');
  const body = encode([data], `x-amz-checksum-crc32:${checksum(data)}\r\n`);
  for (let length = 0; length <= body.indexOf('\r\n0\r\n') + 2; length++) {
    await expect(decode(body.subarray(0, length), data.length), `${length}`).rejects.toMatchObject({
      code: 'IncompleteBody',
    });
  }
  const changed = Buffer.from(body.toString('latin1').replace('recording', 'Recording'), 'latin1');
  await expect(decode(changed, data.length)).rejects.toMatchObject({ code: 'BadDigest', status: 400 });
  await expect(decode(body, data.length + 1)).rejects.toMatchObject({ code: 'IncompleteBody' });
  await expect(decode(Buffer.from('x\r\n'), 1)).rejects.toMatchObject({ code: 'IncompleteBody' });
});
